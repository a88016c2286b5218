using Mllm.Runtime.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Bench;

/// <summary>One vector times a bfloat16 matrix: each way of computing it, in turn, as gigabytes of weights read in a second.</summary>
internal static class LinearBenchmark
{
    public static void Run(int repeats)
    {
        ILinearKernel[] kernels = [new TorchLinear(), new Bf16DecodeLinear()];
        foreach (var (outputs, inputs) in new[] { (2048, 2048), (256, 2048), (5632, 2048), (2048, 5632), (32000, 2048), (4096, 4096), (11008, 4096) })
        {
            // Enough copies that none is still in a cache when its turn comes again.
            var copies = Math.Max(2, (int)(256L * 1024 * 1024 / (2L * outputs * inputs)));
            using var generator = new Generator(1, CPU);
            Tensor[] weights = [.. Enumerable.Range(0, copies).Select(_ => randn([outputs, inputs], generator: generator).to(ScalarType.BFloat16))];
            using var x = randn([1, 1, inputs], generator: generator).to(ScalarType.BFloat16);
            var times = kernels.Select(_ => new List<double>()).ToArray();
            using var unrecorded = no_grad();
            for (var i = -1; i < repeats; i++)
                for (var k = 0; k < kernels.Length; k++)
                {
                    var seconds = Measure.Seconds(() =>
                    {
                        foreach (var weight in weights)
                            kernels[k].Run(x, weight, null).Dispose();
                    });
                    if (i >= 0)
                        times[k].Add(seconds / copies);
                }
            Console.WriteLine($"  [{outputs}, {inputs}]".PadRight(18) + string.Join("; ", kernels.Zip(times, (kernel, t) =>
                $"{kernel.GetType().Name} {1e6 * Measure.Median(t),8:N0} us, {2e-9 * outputs * inputs / Measure.Median(t),5:N1} GB/s (best {1e6 * t.Min(),8:N0} us)")));
            foreach (var weight in weights)
                weight.Dispose();
        }
    }
}
