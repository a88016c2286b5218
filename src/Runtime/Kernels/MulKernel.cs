using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elementwise product.</summary>
public sealed class MulKernel : BinaryKernel
{
    public override string Name => "mul";

    protected override Tensor Apply(Tensor x, Tensor y) => x.mul(y);

    protected override Tensor Apply(Tensor x, Scalar number) => x.mul(number);

    protected override Tensor ApplyReversed(Tensor x, Scalar number) => x.mul(number);
}
