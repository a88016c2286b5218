using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Division by the Euclidean norm along one axis.</summary>
public sealed class UnitKernel : AxisKernel
{
    private static readonly Scalar Least = 1e-12;

    public override string Name => "unit";

    protected override Tensor Apply(Tensor x, long axis)
    {
        using var squares = x.pow(Numbers.Two);
        using var sum = squares.sum(axis, keepdim: true);
        using var length = sum.sqrt();
        // A vector of zeros stays one.
        using var divisor = length.clamp_min(Least);
        return x.div(divisor);
    }

    protected override Tensor Apply(Tensor x, long axis, Tensor real)
    {
        using var squares = x.pow(Numbers.Two);
        using var counted = Padding.Fill(squares, real, Numbers.Zero);
        using var sum = counted.sum(axis, keepdim: true);
        using var any = real.any(axis, keepdim: true);
        // The root of a line of padding alone would have no gradient.
        using var positive = Padding.Fill(sum, any, Numbers.One);
        using var length = positive.sqrt();
        using var divisor = length.clamp_min(Least);
        using var scaled = x.div(divisor);
        return Padding.Fill(scaled, real, Numbers.Zero);
    }
}
