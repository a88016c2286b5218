using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Tests.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>Layers that are computed again instead of kept change no gradient.</summary>
public class RecomputeTests
{
    private static readonly Prompt[] Prompts = [Prompt.Of("7 * 11 19 4 3", 1), Prompt.Of("2 * 14 6 31 12 10", 2)];

    /// <summary>Every stage with an objective of every tiny model, as <c>SETTING#STAGE</c>.</summary>
    public static TheoryData<string> Stages => GradientTests.Stages;

    [Theory]
    [MemberData(nameof(Stages))]
    public void Gradients_have_the_same_bits(string name)
    {
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            using var scope = NewDisposeScope();
            var (setting, stageName) = (name[..name.LastIndexOf('#')], name[(name.LastIndexOf('#') + 1)..]);
            using var model = new TinyModel(setting, dtype);
            var stage = model.Program.Stages.First(s => s.Name == stageName);
            var plan = RecomputePlan.Of(model.Program, stage);
            Assert.NotEmpty(plan);
            var kept = Gradients(model, stage, null);
            var again = Gradients(model, stage, plan);
            Assert.Equal(kept.Keys, again.Keys);
            Assert.All(kept, k => Assert.True(k.Value.Equals(again[k.Key]),
                $"{dtype}: {k.Key} differs by {k.Value.Apart(again[k.Key])} of {k.Value.Largest()}"));
        }
    }

    /// <summary>The loss, and after two backward passes that add up, the gradient of each trained parameter.</summary>
    private static ImmutableSortedDictionary<string, Tensor> Gradients(TinyModel model, Stage stage, ImmutableSortedSet<string>? recompute)
    {
        var parameters = model.Model.Weights.Parameters;
        var trained = stage.Trained.ToHashSet();
        foreach (var declaration in parameters.Declarations)
        {
            parameters[declaration.Path].grad = null;
            parameters[declaration.Path].requires_grad_(trained.Contains(declaration.Path));
        }
        var losses = Enumerable.Range(0, 2).Select(_ =>
        {
            var loss = model.Loss(stage.Loss!, new RunContext { Gradients = true, Recompute = recompute }, Prompts);
            loss.backward();
            return loss.detach();
        }).ToList();
        return stage.Trained.Where(p => parameters[p].grad is not null).Select(p => KeyValuePair.Create(p, parameters[p].grad!.clone()))
            .Append(KeyValuePair.Create("(loss)", stack(losses))).ToImmutableSortedDictionary();
    }
}
