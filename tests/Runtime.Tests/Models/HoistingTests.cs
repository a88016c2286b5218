using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Tests.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>What is computed once for each picture of a stage, and what for each step, together are the whole: in value and in gradient.</summary>
public class HoistingTests
{
    private static readonly Prompt[] Prompts = [Prompt.Of("7 * 11 19 4 3", 1), Prompt.Of("2 * 14 6 31 12 10", 2), Prompt.Of("5 * 8 30 2 12", 3)];

    /// <summary>Every pair of entries that training adds to a tiny model, as <c>SETTING#ROLE.STAGE</c>.</summary>
    public static TheoryData<string> Pairs =>
    [
        .. from setting in Settings.All
           let program = TrainingGraph.Of(Settings.Program(setting))
           from stage in program.Stages
           from role in new[] { "encode", "loss" }
           where program.Graph.Entry($"{role}.early.{stage.Name}") is not null
           select $"{setting}#{role}.{stage.Name}",
    ];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Late_after_early_is_the_whole(string name)
    {
        using var scope = NewDisposeScope();
        var (role, stage, model) = Open(name);
        using var _ = model;
        var whole = role == "loss" ? stage.Loss! : "encode";
        var inputs = Inputs(model, stage, role);
        var early = Early(model, role, stage, inputs);
        var expected = Gradients(model, stage, () => Run(model, role, whole, inputs, []));
        var found = Gradients(model, stage, () => Run(model, role, $"{role}.late.{stage.Name}", inputs, early));
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, e => Assert.True(e.Value.Equals(found[e.Key]), $"{e.Key} differs by {e.Value.Apart(found[e.Key])}"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void What_is_early_may_be_cut_apart_by_samples(string name)
    {
        using var scope = NewDisposeScope();
        var (role, stage, model) = Open(name);
        using var _ = model;
        var inputs = Inputs(model, stage, role);
        var together = Early(model, role, stage, inputs);
        var apart = Enumerable.Range(0, Prompts.Length).Reverse().Select(i => Early(model, role, stage, inputs.ToDictionary(p => p.Key, p => p.Value.narrow(0, i, 1)))).Reverse().ToList();
        Assert.NotEmpty(together);
        for (var i = 0; i < together.Length; i++)
            // Float64: products of a batch may be summed in another order than those of one sample.
            Assert.InRange(together[i].Apart(cat([.. apart.Select(a => a[i])], 0)), 0, 1e-12 * (1 + together[i].Largest()));
    }

    private static (string Role, Stage Stage, TinyModel Model) Open(string name)
    {
        var (setting, rest) = (name[..name.LastIndexOf('#')], name[(name.LastIndexOf('#') + 1)..].Split('.', 2));
        var model = new TinyModel(setting, ScalarType.Float64, prepare: TrainingGraph.Of);
        foreach (var parameter in model.Program.Graph.Parameters)
            model.Model.Weights.Parameters[parameter.Path].requires_grad_(false);
        return (rest[0], model.Program.Stages.First(s => s.Name == rest[1]), model);
    }

    private static Dictionary<string, Tensor> Inputs(TinyModel model, Stage stage, string role)
    {
        var inputs = model.BatchInputs(role == "loss" ? stage.Loss! : "encode", new RunContext(), Prompts);
        return inputs.Where(i => i.Key.StartsWith("pixels", StringComparison.Ordinal) || i.Key.StartsWith("text.", StringComparison.Ordinal) || i.Key.StartsWith("labels", StringComparison.Ordinal)
            || role == "loss").ToDictionary(i => i.Key, i => i.Value);
    }

    /// <summary>What the early entry gives, with the axis of samples in front.</summary>
    private static Tensor[] Early(TinyModel model, string role, Stage stage, IReadOnlyDictionary<string, Tensor> inputs) =>
        Run(model, role, $"{role}.early.{stage.Name}", inputs, [], gradients: false);

    private static Tensor[] Run(TinyModel model, string role, string entry, IReadOnlyDictionary<string, Tensor> inputs, Tensor[] early, bool gradients = true)
    {
        // Of a batch there is one row.
        var isBatch = role == "loss";
        Tensor[] given = [.. Inputs(model, entry).Select(n => n.StartsWith(Hoisting.Early, StringComparison.Ordinal) ? early[int.Parse(n[Hoisting.Early.Length..])] : inputs[n]).Select(t => isBatch ? t.unsqueeze(0) : t)];
        var results = model.Model.Executor.Run(entry, given, new RunContext { Gradients = gradients });
        return isBatch ? [.. results.Select(r => r.squeeze(0))] : results;
    }

    /// <summary>The values, and the gradient of each parameter that the stage trains.</summary>
    private static ImmutableSortedDictionary<string, Tensor> Gradients(TinyModel model, Stage stage, Func<Tensor[]> run)
    {
        var parameters = model.Model.Weights.Parameters;
        foreach (var path in stage.Trained)
            parameters[path].requires_grad_(true);
        var values = run();
        var sum = stack(values.Select(v => (v * v.detach().sin()).sum())).sum();
        if (sum.requires_grad)
            sum.backward();
        var found = stage.Trained.Where(p => parameters[p].grad is not null).Select(p => KeyValuePair.Create(p, parameters[p].grad!.clone()))
            .Concat(values.Select((v, i) => KeyValuePair.Create($"result {i}", v.detach()))).ToImmutableSortedDictionary();
        foreach (var path in stage.Trained)
            parameters[path].grad = null;
        return found;
    }

    private static IEnumerable<string> Inputs(TinyModel model, string entry) => model.Program.Graph.Function(model.Program.Graph.Entry(entry)!.Function).Inputs.Select(i => i.Name);
}
