using Mllm.Compiler.Model;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>The gradient of every stage's loss over all that the stage trains, against difference quotients in float64 along a few directions.</summary>
public class LossGradientTests
{
    private const double Step = 1e-7;
    private static readonly Prompt[] Prompts = [Prompt.Of("7 * 11 19 4 3", 1), Prompt.Of("2 * 14 6 31 12 10", 2)];

    public static TheoryData<string> Stages => GradientTests.Stages;

    [Theory]
    [MemberData(nameof(Stages))]
    public void The_loss_changes_as_its_gradient_says(string name)
    {
        var (setting, stageName) = (name[..name.LastIndexOf('#')], name[(name.LastIndexOf('#') + 1)..]);
        using var scope = NewDisposeScope();
        using var model = new TinyModel(setting, ScalarType.Float64);
        var stage = model.Program.Stages.First(s => s.Name == stageName);
        var trained = stage.Trained.Select(p => model.Model.Weights.Parameters[p]).ToArray();
        foreach (var parameter in trained)
            parameter.requires_grad_(true);
        model.Loss(stage.Loss!, Prompts).backward();
        var gradient = trained.Select(p => p.grad is { } g ? g.detach().clone() : zeros_like(p)).ToArray();
        var length = Math.Sqrt(Dot(gradient, gradient));
        Assert.True(length > 0);

        var generator = new Generator(5);
        foreach (var direction in new[] { gradient, Drawn(), Drawn() })
        {
            var unit = direction.Select(d => d / Math.Sqrt(Dot(direction, direction))).ToArray();
            var quotient = (Shifted(stage, unit, Step) - Shifted(stage, unit, -Step)) / (2 * Step);
            // Losses of about ten are off by some ten roundings, 1e-14, over twice the step; the quotient by the step's square times the third derivative, which norms of
            // small vectors make as large as 1e8.
            Assert.True(Math.Abs(quotient - Dot(gradient, unit)) < 2e-6 * Math.Max(1, length), $"{name}: the gradient says {Dot(gradient, unit)}, the quotient {quotient}; the gradient's length is {length}");
        }

        Tensor[] Drawn() => [.. trained.Select(p => randn(p.shape, ScalarType.Float64, generator: generator))];

        double Shifted(Stage of, Tensor[] unit, double by)
        {
            using var inner = NewDisposeScope();
            using var unrecorded = no_grad();
            Move(unit, by);
            var loss = model.Loss(of.Loss!, Prompts).item<double>();
            Move(unit, -by);
            return loss;
        }

        void Move(Tensor[] unit, double by)
        {
            for (var i = 0; i < trained.Length; i++)
                trained[i].add_(unit[i], by);
            model.Model.Weights.Parameters.Touch();
        }
    }

    private static double Dot(Tensor[] a, Tensor[] b) => a.Zip(b, (x, y) => (x * y).sum().item<double>()).Sum();
}
