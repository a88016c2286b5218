using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// Attention of one query for each head to many bfloat16 keys on the CPU, which is one pass over the keys and one over the values. LibTorch's fused
/// kernel treats each head as a matrix product of one row and takes several times as long.
/// </summary>
internal static unsafe class Bf16DecodeAttention
{
    /// <summary>Keys of a head for which another thread is worth waking.</summary>
    private const long WorthAThread = 1 << 17;

    /// <summary>Whether it can take the place of LibTorch's kernel.</summary>
    /// <param name="q">[rows, heads, 1, width]</param>
    /// <param name="k">[rows, key heads, m, width]</param>
    /// <param name="mask">Boolean or added to the scores; null for none.</param>
    public static bool Accepts(Tensor q, Tensor k, Tensor v, Tensor? mask) =>
        q.dtype == ScalarType.BFloat16 && q.size(2) == 1 && q.size(0) > 0 && q.device_type == DeviceType.CPU && k.size(2) > 0 && Vector512.IsHardwareAccelerated
        && q.size(3) % Bf16Vectors.Block == 0 && v.size(3) % Bf16Vectors.Block == 0 && k.stride(3) == 1 && v.stride(3) == 1
        // Keys are read once for each query head: with many heads to a group, or short keys, LibTorch's matrix product of the group is faster.
        && q.size(1) / k.size(1) <= Math.Max(2, q.size(3) / Bf16Vectors.Block)
        && (mask is null || (mask.dtype == ScalarType.Bool && mask.size(1) == 1));

    /// <summary>The weighted values, [rows, 1, heads · value width].</summary>
    public static Tensor Run(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        int rows = (int)q.size(0), heads = (int)q.size(1), width = (int)q.size(3), keyHeads = (int)k.size(1), m = (int)k.size(2), valueWidth = (int)v.size(3);
        var result = empty([rows, 1, heads * valueWidth], ScalarType.BFloat16, CPU);
        using var queries = q.contiguous();
        using var spread = mask?.expand(rows, 1, 1, m);
        using var seen = spread?.contiguous();
        var (keyRow, keyHead, keyStep) = (k.stride(0), k.stride(1), k.stride(2));
        var (valueRow, valueHead, valueStep) = (v.stride(0), v.stride(1), v.stride(2));
        ushort* qp = Bf16Vectors.Start(queries), kp = Bf16Vectors.Start(k), vp = Bf16Vectors.Start(v), op = Bf16Vectors.Start(result);
        var sp = seen is null ? null : (byte*)Bf16Vectors.Start(seen);
        Workers.Split(rows * heads, (long)rows * heads * m * width / WorthAThread, (from, to) =>
        {
            var scratch = (float*)NativeMemory.AlignedAlloc((nuint)(width + valueWidth + m + Bf16Vectors.Block) * sizeof(float), 64);
            for (var at = from; at < to; at++)
            {
                var (row, head) = (at / heads, at % heads * keyHeads / heads);
                One(qp + (long)at * width, kp + row * keyRow + head * keyHead, keyStep, vp + row * valueRow + head * valueHead, valueStep,
                    sp is null ? null : sp + (long)row * m, op + (long)at * valueWidth, scratch, m, width, valueWidth);
            }
            NativeMemory.AlignedFree(scratch);
        });
        return result;
    }

    /// <summary>One head of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(
        ushort* q, ushort* k, long keyStep, ushort* v, long valueStep, byte* seen, ushort* result, float* scratch, int m, int width, int valueWidth)
    {
        // Scratch: the query, the sum of values, the scores; the first two are multiples of a register.
        float* query = scratch, sum = scratch + width, scores = sum + valueWidth;
        Bf16Vectors.Split(q, query, width, 1 / MathF.Sqrt(width));
        var j = 0;
        for (; j + 4 <= m; j += 4)
            Bf16Vectors.Dots(query, k + j * keyStep, keyStep, width).Store(scores + j);
        for (; j < m; j++)
            scores[j] = Bf16Vectors.Dot(query, k + j * keyStep, width);

        var total = Softmax(scores, seen, m);
        new Span<float>(sum, valueWidth).Clear();
        for (j = 0; j < m; j++)
            if (scores[j] != 0)
                Bf16Vectors.AddScaled(sum, v + j * valueStep, scores[j], valueWidth);
        // A query that sees no key has the sum 0.
        Bf16Vectors.Join(sum, result, valueWidth, total == 0 ? 0 : 1 / total);
    }

    /// <summary>Turns scores into weights relative to the largest, 0 where the key is not seen.</summary>
    /// <returns>The weights' sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Softmax(float* scores, byte* seen, int m)
    {
        var lanes = Vector512<float>.Count;
        for (var j = 0; j < m && seen is not null; j++)
            scores[j] = seen[j] != 0 ? scores[j] : float.NegativeInfinity;
        for (var j = m; j % lanes != 0; j++)
            scores[j] = float.NegativeInfinity;
        var highest = Vector512.Create(float.NegativeInfinity);
        for (var j = 0; j < m; j += lanes)
            highest = Vector512.Max(highest, Vector512.Load(scores + j));
        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < lanes; lane++)
            largest = MathF.Max(largest, highest[lane]);
        // Where nothing is seen, -∞ - -∞ is not a number; against 0 all weights are 0.
        var shift = Vector512.Create(float.IsNegativeInfinity(largest) ? 0 : largest);
        var total = Vector512<float>.Zero;
        for (var j = 0; j < m; j += lanes)
        {
            var weights = Vector512.Exp(Vector512.Load(scores + j) - shift);
            weights.Store(scores + j);
            total += weights;
        }
        return Vector512.Sum(total);
    }
}
