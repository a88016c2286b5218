using Mllm.Compiler.Model;
using Mllm.Runtime.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>The gradient of every stage's loss over all that the stage trains, against derivatives along a few directions in float64. What the loss detaches is held constant.</summary>
public class LossGradientTests
{
    /// <summary>Of the gradient's length, or of 1. Losses of up to ten are off by a rounding or two, 4e-15, which quotients divide by twice a step, of which the smallest is 1.6e-8: 1e-7.</summary>
    private const double Tolerance = 1e-6;

    private static readonly Prompt[] Prompts = [Prompt.Of("7 * 11 19 4 3", 1), Prompt.Of("2 * 14 6 31 12 10", 2)];

    public static TheoryData<string> Stages => GradientTests.Stages;

    [Theory]
    [MemberData(nameof(Stages))]
    public void The_loss_changes_as_its_gradient_says(string name)
    {
        var (setting, stageName) = (name[..name.LastIndexOf('#')], name[(name.LastIndexOf('#') + 1)..]);
        using var scope = NewDisposeScope();
        using var detached = new DetachedValues();
        using var model = new TinyModel(setting, ScalarType.Float64);
        var stage = model.Program.Stages.First(s => s.Name == stageName);
        var trained = stage.Trained.Select(p => model.Model.Weights.Parameters[p]).ToArray();
        foreach (var parameter in trained)
            parameter.requires_grad_(true);
        model.Loss(stage.Loss!, new RunContext { Gradients = true, Detached = detached }, Prompts).backward();
        var gradient = trained.Select(p => p.grad is { } g ? g.detach().clone() : zeros_like(p)).ToArray();
        var length = Math.Sqrt(Dot(gradient, gradient));
        Assert.True(length > 0);

        var (generator, tolerance) = (new Generator(5), Tolerance * Math.Max(1, length));
        // Random directions hardly move a single number such as a temperature: each of the scalars is moved alone too.
        foreach (var direction in new[] { gradient, Drawn() }.Concat(trained.Where(p => p.dim() == 0).Select(p => trained.Select(q => ReferenceEquals(p, q) ? ones_like(q) : zeros_like(q)).ToArray())))
        {
            var size = Math.Sqrt(Dot(direction, direction));
            using Scalar scale = 1 / size;
            var unit = direction.Select(d => d.detach() * scale).ToArray();
            var (said, found) = (Dot(gradient, unit), DirectionalDerivative.Of(by => Shifted(unit, by), tolerance / 2));
            Assert.True(found.Value is { } value && Math.Abs(value - said) < tolerance, $"{name}: the gradient says {said:R}, differences {found}; the gradient's length is {length}");
        }

        Tensor[] Drawn() => [.. trained.Select(p => randn(p.shape, ScalarType.Float64, generator: generator))];

        double Shifted(Tensor[] unit, double by)
        {
            using var inner = NewDisposeScope();
            using var unrecorded = no_grad();
            Move(unit, by);
            var loss = model.Loss(stage.Loss!, new RunContext { Detached = detached }, Prompts).item<double>();
            Move(unit, -by);
            return loss;
        }

        void Move(Tensor[] unit, double by)
        {
            using Scalar distance = by;
            for (var i = 0; i < trained.Length; i++)
                trained[i].add_(unit[i], distance);
            model.Model.Weights.Parameters.Touch();
        }
    }

    private static double Dot(Tensor[] a, Tensor[] b) => a.Zip(b, (x, y) => (x * y).sum().item<double>()).Sum();
}
