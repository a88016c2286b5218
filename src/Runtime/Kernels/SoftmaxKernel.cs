using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Exponentials along one axis, divided by their sum.</summary>
public sealed class SoftmaxKernel : AxisKernel
{
    public override string Name => "softmax";

    protected override Tensor Apply(Tensor x, long axis) => x.softmax(axis);

    protected override Tensor Apply(Tensor x, long axis, Tensor real)
    {
        using var counted = Padding.FillLow(x, real);
        using var shares = counted.softmax(axis);
        return Padding.Fill(shares, real, Numbers.Zero);
    }
}
