using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elementwise functions of two tensors whose shapes broadcast per sample, from the last axis.</summary>
/// <remarks>
/// With rows in front, an operand that has fewer axes than the other gets axes of size 1 between its rows and the rest: [rows, d] beside [n, d] becomes
/// [rows, 1, d].
/// </remarks>
internal static class Broadcasting
{
    public static BoundKernel Bind(KernelSite site, Func<Tensor, Tensor, Tensor> apply)
    {
        var (x, y) = (site[0].Rank, site[1].Rank);
        var (missingX, missingY) = (site.HasRows(0) ? Math.Max(0, y - x) : 0, site.HasRows(1) ? Math.Max(0, x - y) : 0);
        if ((missingX, missingY) is (0, 0))
            return c => apply(c[0], c[1]);
        return c =>
        {
            using var first = Align(c[0], missingX);
            using var second = Align(c[1], missingY);
            return apply(first, second);
        };
    }

    /// <summary>A view with axes of size 1 after the rows.</summary>
    private static Tensor Align(Tensor x, int missing)
    {
        if (missing == 0)
            return x.alias();
        var shape = x.shape;
        var aligned = new long[shape.Length + missing];
        Array.Fill(aligned, 1);
        aligned[0] = shape[0];
        shape.AsSpan(1).CopyTo(aligned.AsSpan(1 + missing));
        return x.reshape(aligned);
    }
}
