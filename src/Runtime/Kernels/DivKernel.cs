using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elementwise quotient.</summary>
public sealed class DivKernel : BinaryKernel
{
    public override string Name => "div";

    protected override Tensor Apply(Tensor x, Tensor y) => x.div(y);

    protected override Tensor Apply(Tensor x, Scalar number) => x.div(number);

    protected override Tensor ApplyReversed(Tensor x, Scalar number)
    {
        using var inverse = x.reciprocal();
        return inverse.mul(number);
    }
}
