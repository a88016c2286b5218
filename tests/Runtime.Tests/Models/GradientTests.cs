using System.Collections.Immutable;
using Mllm.Compiler.Passes;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>What the compiler says of gradients is what LibTorch does.</summary>
public class GradientTests
{
    private static readonly Prompt[] Prompts = [Prompt.Of("7 * 11 19 4 3", 1), Prompt.Of("2 * 14 6 31 12 10", 2)];

    /// <summary>Every stage with an objective of every tiny model, as <c>SETTING#STAGE</c>.</summary>
    public static TheoryData<string> Stages => [.. from setting in Settings.All from stage in Settings.Program(setting).Stages where stage.Loss is not null select $"{setting}#{stage.Name}"];

    [Theory]
    [MemberData(nameof(Stages))]
    public void The_static_reach_is_what_receives_a_gradient(string name)
    {
        var (setting, stageName) = (name[..name.LastIndexOf('#')], name[(name.LastIndexOf('#') + 1)..]);
        using var scope = NewDisposeScope();
        using var model = new TinyModel(setting, ScalarType.Float64);
        var (program, parameters) = (model.Program, model.Model.Weights.Parameters);
        var loss = program.Stages.First(s => s.Name == stageName).Loss!;
        foreach (var declaration in parameters.Declarations)
            parameters[declaration.Path].requires_grad_(true);
        model.Loss(loss, Prompts).backward();
        var received = parameters.Declarations.Select(d => d.Path).Where(p => parameters[p].grad is not null).ToImmutableSortedSet();

        var reach = new GradientReach(program.Graph.Functions);
        var function = program.Graph.Function(program.Graph.Entry(loss)!.Function);
        var direct = reach.From(function.Name, [0]);
        var media = direct.Inputs.Select(i => function.Inputs[i].Name).Where(n => n.StartsWith("media", StringComparison.Ordinal)).Select(n => int.Parse(n[5..])).ToList();
        var said = direct.Parameters.Union(media.Count == 0 ? [] : reach.From(program.Graph.Entry("encode")!.Function, media).Parameters).ToImmutableSortedSet();
        Assert.Equal(received, said);
        Assert.NotEmpty(received);
    }

    /// <summary>Every stage whose objective adds named ones.</summary>
    public static TheoryData<string> Sums => [.. from setting in Settings.All from stage in Settings.Program(setting).Stages where stage.Terms.Length > 0 select $"{setting}#{stage.Name}"];

    /// <summary>What is computed beside a loss is what its own entries give, but for what is drawn; all shipped objectives of several are plain sums.</summary>
    [Theory]
    [MemberData(nameof(Sums))]
    public void A_loss_gives_its_terms_and_what_is_pushed(string name)
    {
        var (setting, stageName) = (name[..name.LastIndexOf('#')], name[(name.LastIndexOf('#') + 1)..]);
        using var scope = NewDisposeScope();
        using var model = new TinyModel(setting, ScalarType.Float64);
        var stage = model.Program.Stages.First(s => s.Name == stageName);
        var results = model.Losses(stage.Loss!, Prompts);
        Assert.Equal(1 + stage.Terms.Length + stage.Pushes.Length, results.Length);
        var terms = results.Skip(1).Take(stage.Terms.Length).Select(t => t.item<double>()).ToArray();
        Assert.Equal(results[0].item<double>(), terms.Sum(), 1e-12);
        foreach (var (term, value) in stage.Terms.Zip(terms).Where(t => t.First != "itm"))
            Assert.Equal(model.Loss(model.Program.Objectives.First(o => o.Name == term).Entry, Prompts).item<double>(), value, 1e-12);
        foreach (var (queue, rows) in stage.Pushes.Zip(results.Skip(1 + terms.Length)))
            Assert.Equal([Prompts.Length, model.Model.Weights.Parameters[queue].size(1)], rows.shape);
    }
}
