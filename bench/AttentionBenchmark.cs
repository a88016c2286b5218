using Mllm.Runtime.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Bench;

/// <summary>One query for each head against a bfloat16 cache: LibTorch's fused kernel, where grouped with a group's heads as its queries, and ours.</summary>
internal static class AttentionBenchmark
{
    public static void Run(int repeats)
    {
        using var unrecorded = no_grad();
        foreach (var (heads, keyHeads, m, width) in new[] { (32, 4, 512, 64), (32, 4, 2048, 64), (32, 32, 512, 128), (32, 32, 2048, 128), (40, 40, 1024, 128), (32, 16, 1024, 128), (32, 8, 1024, 128), (16, 16, 1024, 64), (16, 8, 1024, 64) })
        {
            using var q = randn([1, heads, 1, width], ScalarType.BFloat16);
            using var buffer = randn([1, keyHeads, m + 64, width], ScalarType.BFloat16);
            using var k = buffer.narrow(2, 0, m);
            using var grouped = q.view(1, keyHeads, heads / keyHeads, width);
            var (fused, own) = (new List<double>(), new List<double>());
            for (var i = -1; i < repeats; i++)
            {
                var first = Measure.Seconds(() => nn.functional.scaled_dot_product_attention(grouped, k, k).Dispose());
                var second = Measure.Seconds(() => Bf16DecodeAttention.Run(q, k, k, null).Dispose());
                if (i >= 0)
                    (fused, own) = ([.. fused, first], [.. own, second]);
            }
            Console.WriteLine($"  {heads} heads, {keyHeads} of keys, {m} keys of {width}: LibTorch {1e6 * Measure.Median(fused):N0} us (best {1e6 * fused.Min():N0}); own {1e6 * Measure.Median(own):N0} us (best {1e6 * own.Min():N0})");
        }
    }
}
