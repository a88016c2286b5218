using Mllm.Runtime.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Training;

/// <summary>Ways of computing the same steps: batches in pieces, frozen parts apart and kept, layers computed twice.</summary>
public class EquivalenceTests
{
    private const string Llava = "architectures/llava.mllm|tiny";

    /// <summary>Captions of different lengths: a mean of the batches' means would be another number.</summary>
    [Theory]
    [InlineData(Llava, "instruct")]
    [InlineData("architectures/flamingo.mllm|tiny", "pretrain")]
    public void Two_batches_of_two_are_one_of_four(string setting, string stage)
    {
        using var pieces = Trained(setting, stage, batch: 2, accumulate: 2);
        using var whole = Trained(setting, stage, batch: 4, accumulate: 1);
        Near(whole.Losses, pieces.Losses);
        Near([.. whole.Reports.Values.Select(r => r.GradientNorm)], [.. pieces.Reports.Values.Select(r => r.GradientNorm)]);

        static TinyRun Trained(string setting, string stage, int batch, int accumulate)
        {
            var run = new TinyRun(Settings.Small(setting), stage) { Dtype = ScalarType.Float64 }.Change(s => s with { Batch = batch, Accumulate = accumulate, Steps = 2, LearningRate = 1e-3 });
            run.Process();
            return run;
        }
    }

    /// <summary>Two epochs, so that the second takes what the first has kept; where there is room for few, batches of kept and new pictures together are met too.</summary>
    [Theory]
    [InlineData(Llava, "align")]
    [InlineData("architectures/blip2.mllm|tiny-representation", "representation")]
    public void What_frozen_parts_gave_may_be_kept(string setting, string stage)
    {
        using var kept = Trained(setting, stage, 1 << 24);
        using var few = Trained(setting, stage, 1 << 17);
        using var none = Trained(setting, stage, 0);
        Near(none.Losses, kept.Losses);
        Assert.Equal(kept.Losses, few.Losses);

        static TinyRun Trained(string setting, string stage, long bytes)
        {
            var run = new TinyRun(Settings.Small(setting), stage) { Dtype = ScalarType.Float64 }.Change(s => s with { Steps = 5, LearningRate = 1e-3 });
            run.Options = run.Options with { CacheBytes = bytes };
            run.Process();
            return run;
        }
    }

    [Theory]
    [InlineData(Llava, "instruct")]
    [InlineData("architectures/blip.mllm|tiny", "pretrain")]
    public void Layers_that_are_computed_again_change_no_bit(string setting, string stage)
    {
        using var plain = Trained(setting, stage, false);
        using var again = Trained(setting, stage, true);
        Assert.Equal(plain.Losses, again.Losses);
        Assert.Equal(plain.Weights, again.Weights);

        static TinyRun Trained(string setting, string stage, bool recompute)
        {
            var run = new TinyRun(Settings.Small(setting), stage).Change(s => s with { Recompute = recompute, Steps = 2 });
            run.Process();
            return run;
        }
    }

    /// <summary>Sums of some thousand float64 numbers in another order.</summary>
    private static void Near(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.InRange(pair.Second, pair.First - 1e-9 * Math.Abs(pair.First), pair.First + 1e-9 * Math.Abs(pair.First)));
    }
}
