using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

public class AttentionTests
{
    public static TheoryData<int, int, int, int, int, int, string> Cases
    {
        get
        {
            var data = new TheoryData<int, int, int, int, int, int, string>();
            // n, m, heads, key heads, width, value width
            foreach (var (n, m, h, k, d, e) in new[] { (5, 5, 2, 2, 4, 4), (1, 6, 4, 2, 4, 4), (3, 7, 4, 1, 4, 6), (6, 6, 3, 3, 2, 2), (2, 5, 6, 3, 4, 4), (1, 4, 4, 4, 8, 8) })
                foreach (var what in new[] { "", "causal", "scale", "mask", "mask causal", "bias", "bias causal mask scale", "alibi causal", "alibi mask", "relative causal", "relative mask",
                    "relative scale bias alibi causal mask", "blind", "distances causal", "distances mask bias", "prefix", "prefix causal", "prefix mask", "prefix distances relative bias alibi causal mask" })
                    data.Add(n, m, h, k, d, e, what);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attention(int n, int m, int heads, int keyHeads, int width, int valueWidth, string what)
    {
        bool causal = what.Contains("causal"), alibi = what.Contains("alibi");
        double? scale = what.Contains("scale") ? 0.7 : null;
        var mask = what.Contains("mask") ? Operand.Mask(0.6, n, m) : what == "blind" ? Operand.Mask(0.15, n, m) : null;
        var bias = what.Contains("bias") ? Operand.Float(heads, n, m) : null;
        // Fewer rows than distances, so that some distances have none.
        var relative = what.Contains("relative") ? Operand.Float(4, heads * width) : null;
        // Fewer rows than distances here too: those beyond have the row at the end.
        var distances = what.Contains("distances") ? Operand.Float(5, heads) : null;
        var (prefixKeys, prefixValues) = what.Contains("prefix") ? (Operand.Float(3, keyHeads * width), Operand.Float(3, keyHeads * valueWidth)) : default((Operand?, Operand?));
        ImmutableArray<Operand?> operands = [Operand.Float(n, heads * width), Operand.Float(m, keyHeads * width), Operand.Float(m, keyHeads * valueWidth), mask, bias, relative,
            distances, prefixKeys, prefixValues];
        (string, Constant)[] attributes = [("heads", heads), ("kv_heads", keyHeads), ("causal", causal), ("alibi", alibi), .. scale is { } s ? [("scale", s)] : ReadOnlySpan<(string, Constant)>.Empty];
        KernelCheck.Compare("attention", operands,
            (v, _) => Reference(v[0]!, v[1]!, v[2]!, v[3], v[4], v[5], heads, keyHeads, causal, scale ?? 1 / Math.Sqrt(width), alibi, v[6], v[7], v[8]), steps: 64, scale: 2, attributes: attributes);
    }

    [Theory]
    [InlineData("mask")]
    [InlineData("mask alibi")]
    public void A_query_that_sees_nothing_gets_exactly_zero(string what) => KernelCheck.Compare("attention",
        [Operand.Float(3, 8), Operand.Float(5, 8), Operand.Float(5, 8), Operand.Mask(0, 3, 5), null, null], (v, _) => new Nd(3, 8), steps: 0,
        dtypes: [torch.ScalarType.Float64, torch.ScalarType.Float32, torch.ScalarType.BFloat16],
        attributes: [("heads", (Constant)2), ("alibi", (Constant)what.Contains("alibi"))]);

    [Theory]
    [InlineData(1, "")]
    [InlineData(1, "alibi")]
    [InlineData(40, "causal")]
    [InlineData(40, "causal alibi")]
    public void Bfloat16_stays_near_the_exact_result(int n, string what)
    {
        bool causal = what.Contains("causal"), alibi = what.Contains("alibi");
        // Weighted means of values up to 1: products of inputs are exact in float32, the weights and the result are rounded to bfloat16.
        KernelCheck.Compare("attention", [Operand.Float(n, 64), Operand.Float(40, 32), Operand.Float(40, 32), null, null, null],
            (v, _) => Reference(v[0]!, v[1]!, v[2]!, null, null, null, 4, 2, causal, 0.25, alibi), steps: 1.5, dtypes: [torch.ScalarType.BFloat16],
            attributes: [("heads", (Constant)4), ("kv_heads", (Constant)2), ("causal", (Constant)causal), ("alibi", (Constant)alibi)]);
    }

    [Theory]
    [InlineData(2, 2, 1, 32, 32, 1.0)]
    [InlineData(4, 4, 7, 64, 32, 1.0)]
    [InlineData(6, 3, 37, 32, 64, 1.0)]
    [InlineData(8, 2, 64, 128, 128, 0.5)]
    [InlineData(2, 2, 19, 32, 32, 0.1)]
    [InlineData(2, 1, 5, 64, 64, 0.0)]
    public void One_query_of_bfloat16(int heads, int keyHeads, int m, int width, int valueWidth, double seen)
    {
        using var probe = ones([1, heads, 1, width], torch.ScalarType.BFloat16);
        using var keys = ones([1, keyHeads, m, width], torch.ScalarType.BFloat16);
        Assert.Equal(System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated, Mllm.Runtime.Kernels.Bf16DecodeAttention.Accepts(probe, keys, keys, null));
        // Everything is in float32 but the result, which is at most 1: half a unit of bfloat16 below 1.
        KernelCheck.Compare("attention", [Operand.Float(1, heads * width), Operand.Float(m, keyHeads * width), Operand.Float(m, keyHeads * valueWidth), Operand.Mask(seen, 1, m), null, null],
            (v, _) => Reference(v[0]!, v[1]!, v[2]!, v[3], null, null, heads, keyHeads, true, 1 / Math.Sqrt(width), false), steps: 0.26, dtypes: [torch.ScalarType.BFloat16],
            attributes: [("heads", (Constant)heads), ("kv_heads", (Constant)keyHeads), ("causal", (Constant)true)]);
    }

    [Theory]
    [InlineData(8, new[] { 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625 })]
    [InlineData(3, new[] { 0.0625, 0.00390625, 0.25 })]
    [InlineData(6, new[] { 0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125 })]
    public void Slopes_of_linear_biases(int heads, double[] expected) => Assert.Equal(expected, Mllm.Runtime.Kernels.AttentionMask.Slopes(heads));

    internal static Nd Reference(
        Nd q, Nd k, Nd v, Nd? mask, Nd? bias, Nd? relative, int heads, int keyHeads, bool causal, double scale, bool alibi, Nd? distances = null, Nd? prefixK = null, Nd? prefixV = null)
    {
        int n = q.Shape[0], m = k.Shape[0], p = prefixK?.Shape[0] ?? 0, d = q.Shape[1] / heads, e = v.Shape[1] / keyHeads;
        var slopes = Mllm.Runtime.Kernels.AttentionMask.Slopes(heads);
        var result = new Nd(n, heads * e);
        for (var h = 0; h < heads; h++)
        {
            var kh = h / (heads / keyHeads);
            for (var i = 0; i < n; i++)
            {
                // Own keys first, then those of the prefix: the order of a sum does not matter.
                var weights = new double[m + p];
                for (var j = 0; j < p; j++)
                    weights[m + j] = scale * Enumerable.Range(0, d).Sum(x => q[i, h * d + x] * prefixK![j, kh * d + x]);
                for (var j = 0; j < m; j++)
                {
                    var distance = i + m - n - j;
                    if ((causal && distance < 0) || (mask is not null && mask[i, j] == 0))
                    {
                        weights[j] = double.NegativeInfinity;
                        continue;
                    }
                    var product = 0.0;
                    for (var x = 0; x < d; x++)
                        product += q[i, h * d + x] * (k[j, kh * d + x] + (relative is not null && distance >= 0 && distance < relative.Shape[0] ? relative[distance, h * d + x] : 0));
                    weights[j] = product * scale + (bias?[h, i, j] ?? 0) - (alibi ? slopes[h] * distance : 0);
                    if (distances is not null)
                        weights[j] += distances[Math.Clamp(-distance + distances.Shape[0] / 2, 0, distances.Shape[0] - 1), h];
                }
                var largest = weights.Max();
                if (double.IsNegativeInfinity(largest))
                    continue;
                var total = weights.Sum(w => Math.Exp(w - largest));
                for (var x = 0; x < e; x++)
                    result[i, h * e + x] = Enumerable.Range(0, m + p).Sum(j => Math.Exp(weights[j] - largest) / total * (j < m ? v[j, kh * e + x] : prefixV![j - m, kh * e + x]));
            }
        }
        return result;
    }
}
