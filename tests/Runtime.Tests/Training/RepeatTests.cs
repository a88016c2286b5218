using Mllm.Runtime.Data;
using Mllm.Runtime.Tests.Models;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Training;

/// <summary>A run is decided by its seed, whatever interrupts it: every loss and every weight, bit for bit.</summary>
public class RepeatTests
{
    private const string Blip = "architectures/blip.mllm|tiny";

    [Fact]
    public void One_seed_gives_one_run_and_another_seed_another()
    {
        using var run = Trained(7, workers: 2);
        using var again = Trained(7, workers: 0);
        using var other = Trained(8, workers: 2);
        Assert.Equal(run.Losses, again.Losses);
        Assert.Equal(run.Weights, again.Weights);
        Assert.All(run.Losses.Zip(other.Losses), pair => Assert.NotEqual(pair.First, pair.Second));

        // Augmented pictures and drawn negatives: everything random that there is.
        static TinyRun Trained(ulong seed, int workers)
        {
            var run = new TinyRun(Settings.Small(Blip)).Change(s => s with { Augment = new Augmentation { Crop = 0.3, Flip = 0.5, Noise = 0.05 } });
            run.Options = run.Options with { Seed = seed, Workers = workers };
            Assert.True(run.Process()!.IsComplete);
            return run;
        }
    }

    /// <summary>Steps of each process that is stopped (s) or killed (k), over stages of three steps with a checkpoint at every second.</summary>
    /// <param name="batch">Of four: two epochs of six records, the second of which takes what frozen parts gave in the first, but for the processes that begin in it.</param>
    [Theory]
    [InlineData("architectures/llava.mllm|tiny", ScalarType.Float32, 4, "s1 k3 s1")]
    [InlineData("architectures/llava.mllm|tiny", ScalarType.BFloat16, 2, "k1 s3 k2 s1")]
    [InlineData(Blip, ScalarType.Float32, 2, "s1 k1 k1")]
    [InlineData(Blip, ScalarType.BFloat16, 2, "s2")]
    public void A_run_goes_on_as_if_nothing_had_interrupted_it(string setting, ScalarType dtype, int batch, string interruptions)
    {
        using var whole = new TinyRun(Settings.Small(setting)) { Dtype = dtype }.Change(s => s with { Batch = batch });
        Assert.True(whole.Process()!.IsComplete);
        using var parts = new TinyRun(Settings.Small(setting)) { Dtype = dtype }.Change(s => s with { Batch = batch });
        foreach (var process in interruptions.Split(' '))
        {
            var steps = int.Parse(process[1..]);
            var result = process[0] == 's' ? parts.Process(stopAfter: steps) : parts.Process(killAfter: steps);
            Assert.NotEqual(true, result?.IsComplete);
        }
        Assert.True(parts.Process()!.IsComplete);
        Assert.Equal(whole.Losses, parts.Losses);
        Assert.Equal(whole.Weights, parts.Weights);
    }

    [Fact]
    public void A_run_that_is_complete_is_left_as_it_is()
    {
        using var run = new TinyRun(Settings.Small("architectures/llava.mllm|tiny"), "align");
        run.Process();
        var weights = run.Weights;
        run.Reports.Clear();
        Assert.True(run.Process()!.IsComplete);
        Assert.Empty(run.Reports);
        Assert.Equal(weights, run.Weights);
    }
}
