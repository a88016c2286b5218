using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elementwise sum.</summary>
public sealed class AddKernel : BinaryKernel
{
    public override string Name => "add";

    protected override Tensor Apply(Tensor x, Tensor y) => x.add(y, Numbers.One);

    protected override Tensor Apply(Tensor x, Scalar number) => x.add(number, Numbers.One);

    protected override Tensor ApplyReversed(Tensor x, Scalar number) => x.add(number, Numbers.One);
}
