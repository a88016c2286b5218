using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Native;
using Mllm.Runtime.Tests.Execution;
using Mllm.Runtime.Tests.Models;
using Mllm.Runtime.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Training;

/// <summary>Learning rates, groups and updates.</summary>
public class OptimizerTests
{
    // The library must be loaded by its own finder before anything of it is touched.
    static OptimizerTests() => TorchLibrary.Load();

    [Theory]
    [InlineData(ScheduleKind.Constant, 0, 0, 10, "1 1 1")]
    [InlineData(ScheduleKind.Constant, 4, 0, 10, "0.25 0.5 0.75 1 1")]
    [InlineData(ScheduleKind.Linear, 0, 0, 4, "1 0.75 0.5 0.25")]
    [InlineData(ScheduleKind.Linear, 2, 0.5, 6, "0.5 1 1 0.875 0.75 0.625")]
    [InlineData(ScheduleKind.Cosine, 0, 0, 4, "1 0.853553390593274 0.5 0.146446609406726")]
    [InlineData(ScheduleKind.Cosine, 0.25, 0.2, 4, "1 1 0.8 0.4")]
    [InlineData(ScheduleKind.Cosine, 20, 0, 4, "0.05 0.1 0.15 0.2")]
    public void The_rate_follows_its_schedule(ScheduleKind kind, double warmup, double floor, long steps, string factors)
    {
        var rate = new LearningRate(new StageSchedule(kind, warmup, floor), steps);
        Assert.All(factors.Split(' ').Select((f, step) => (Expected: double.Parse(f, System.Globalization.CultureInfo.InvariantCulture), step)),
            f => Assert.Equal(f.Expected, rate.Factor(f.step), 1e-14));
    }

    [Fact]
    public void A_run_may_warm_up_otherwise_and_a_stage_without_schedule_has_one_rate()
    {
        Assert.Equal(0.5, new LearningRate(new StageSchedule(ScheduleKind.Linear, 8, 0), 10, warmup: 2).Factor(0));
        Assert.Equal(1, new LearningRate(null, 10).Factor(9));
    }

    [Fact]
    public void Only_matrices_decay_and_groups_keep_their_proportion()
    {
        using var model = Model("architectures/flamingo.mllm|tiny");
        var stage = model.Program.Stages[0];
        var groups = UpdateGroup.Of(model.Weights.Parameters, stage, stage.Optimizer!, new StageOptions(stage.Name));
        Assert.Equal(stage.Trained.Order(), groups.SelectMany(g => g.Paths).Order());
        foreach (var group in groups)
            foreach (var path in group.Paths)
            {
                var isMatrix = model.Weights.Parameters[path].Dimensions >= 2;
                var decays = isMatrix && path.StartsWith("llm.", StringComparison.Ordinal) && !path.Contains(".embed_tokens.");
                Assert.Equal((path, decays ? 0.1 : 0, 1e-4), (path, group.WeightDecay, group.LearningRate));
            }
        var slower = stage with { Groups = [new ParameterGroup(stage.Groups[0].Paths, 1e-5, null)] };
        Assert.Equal([1e-3, 1e-2], UpdateGroup.Of(model.Weights.Parameters, slower, stage.Optimizer!, new StageOptions(stage.Name) { LearningRate = 1e-2 }).Select(g => g.LearningRate).Distinct().Order());
    }

    [Fact]
    public void Updates_are_those_of_the_library()
    {
        using var scope = NewDisposeScope();
        using var model = Model("architectures/llava.mllm|tiny");
        var parameters = model.Weights.Parameters;
        string[] paths = [.. model.Program.Stages[0].Trained];
        Parameter[] copies = [.. paths.Select(p => new Parameter(parameters[p].detach().clone()))];
        using var masters = new MasterWeights(parameters);
        using var own = new Mllm.Runtime.Training.AdamW(parameters, masters, [new UpdateGroup(paths, 1e-2, 0.3)], 0.9, 0.98, 1e-6);
        using var other = optim.AdamW(copies, 1e-2, 0.9, 0.98, 1e-6, 0.3);
        using var generator = new Generator(3);
        for (var step = 0; step < 5; step++)
        {
            for (var i = 0; i < paths.Length; i++)
            {
                var gradient = randn(copies[i].shape, dtype: ScalarType.Float64, generator: generator);
                (parameters[paths[i]].grad, copies[i].grad) = (gradient, gradient.clone());
            }
            own.Step(1);
            other.step();
        }
        Assert.Equal(5, own.Count);
        Assert.All(paths.Zip(copies), p => Assert.InRange(parameters[p.First].Apart(p.Second), 0, 1e-13));
    }

    private static MultimodalModel Model(string setting) => ModelLoader.Random(Settings.Program(Settings.Small(setting)), ScalarType.Float64, CPU, 1);
}
