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
}
