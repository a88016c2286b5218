using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elementwise arithmetic on two tensors, or on a tensor and a number.</summary>
/// <remarks>
/// Shapes broadcast per sample, from the last axis. With rows in front, an operand that has fewer axes than the other gets axes of size 1 between
/// its rows and the rest: [rows, d] beside [n, d] becomes [rows, 1, d].
/// </remarks>
public abstract class BinaryKernel : IKernel
{
    public abstract string Name { get; }

    public BoundKernel Bind(KernelSite site)
    {
        if (!site.Has(1))
            return BindNumber(site);
        var (ranks, missing) = ((site[0].Rank, site[1].Rank), (X: 0, Y: 0));
        if (site.HasRows(0))
            missing.X = Math.Max(0, ranks.Item2 - ranks.Item1);
        if (site.HasRows(1))
            missing.Y = Math.Max(0, ranks.Item1 - ranks.Item2);
        if (missing is (0, 0))
            return c => Apply(c[0], c[1]);
        return c =>
        {
            using var x = Align(c[0], missing.X);
            using var y = Align(c[1], missing.Y);
            return Apply(x, y);
        };
    }

    protected abstract Tensor Apply(Tensor x, Tensor y);

    /// <summary>The tensor and a number, which is cheaper as a scalar than as a tensor.</summary>
    protected abstract Tensor Apply(Tensor x, Scalar number);

    /// <summary>The number on the left.</summary>
    protected abstract Tensor ApplyReversed(Tensor x, Scalar number);

    private BoundKernel BindNumber(KernelSite site)
    {
        var value = site.Attributes.Float("number");
        Scalar number = site[0].Kind == ElementKind.Int ? (Scalar)(long)value : value;
        return site.Attributes.Bool("reversed") ? c => ApplyReversed(c[0], number) : c => Apply(c[0], number);
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
