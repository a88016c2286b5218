using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elementwise difference.</summary>
public sealed class SubKernel : BinaryKernel
{
    public override string Name => "sub";

    protected override Tensor Apply(Tensor x, Tensor y) => x.sub(y);

    protected override Tensor Apply(Tensor x, Scalar number) => x.sub(number);

    protected override Tensor ApplyReversed(Tensor x, Scalar number)
    {
        using var negative = x.neg();
        return negative.add(number, Numbers.One);
    }
}
