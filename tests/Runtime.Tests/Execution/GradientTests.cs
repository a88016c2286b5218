using Mllm.Runtime.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Execution;

public class GradientTests
{
    [Theory]
    [InlineData("rope")]
    [InlineData("alibi")]
    [InlineData("relative")]
    [InlineData("distances")]
    [InlineData("prefix")]
    public void Gradients_of_parameters_equal_differences(string positions)
    {
        using var scope = NewDisposeScope();
        using var model = Graphs.Model(TinyDecoder.Graph(positions));
        var executor = Graphs.Guarded(model);
        using var ids = tensor(new long[] { 3, 1, 4, 1, 5, 9 }, [2, 3]);
        using var at = tensor(new long[] { 0, 1, 2, 0, 1, 2 }, [2, 3]);
        using var keys = tensor(new[] { true, true, true, false, false, true }, [2, 3]);
        foreach (var parameter in model.parameters())
            parameter.requires_grad = true;
        Assert.False(Loss(new RunContext()).requires_grad);
        Loss(new RunContext { Gradients = true, KeyMask = keys }).backward();

        const double step = 1e-5;
        foreach (var declaration in model.Parameters.Declarations)
        {
            var parameter = model.Parameters[declaration.Path];
            Assert.True(parameter.grad is not null, declaration.Path);
            var element = parameter.view(-1).narrow(0, 1, 1).detach();
            var expected = (Shifted(element, step) - Shifted(element, -step)) / (2 * step);
            var found = parameter.grad!.view(-1)[1].item<double>();
            // The difference quotient is off by step² times the third derivative, and by the rounding of losses of about 10 over the step.
            Assert.True(Math.Abs(expected - found) < 1e-7 * Math.Max(1, Math.Abs(expected)), $"{declaration.Path}: {found}, difference quotient {expected}");
        }

        double Shifted(Tensor element, double by)
        {
            using var inner = NewDisposeScope();
            using var unrecorded = no_grad();
            element.Shift(by);
            model.Parameters.Touch();
            var loss = Loss(new RunContext { KeyMask = keys }).item<double>();
            element.Shift(-by);
            model.Parameters.Touch();
            return loss;
        }

        Tensor Loss(RunContext context)
        {
            var logits = executor.Run("prefill", [ids, at], context)[0];
            return logits.mul(logits).mean();
        }
    }

    [Fact]
    public void A_cache_and_gradients_exclude_each_other()
    {
        using var model = Graphs.Model(TinyDecoder.Graph());
        using var cache = new KvCache(4);
        Assert.StartsWith("a run that records gradients cannot use a cache", Assert.Throws<ArgumentException>(() =>
            new Executor(model).Run("prefill", [], new RunContext { Cache = cache, Gradients = true })).Message);
    }
}
