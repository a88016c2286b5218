using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The mean over one axis, which is dropped.</summary>
public sealed class MeanKernel : AxisKernel
{
    public override string Name => "mean";

    protected override Tensor Apply(Tensor x, long axis) => x.mean([axis]);

    protected override Tensor Apply(Tensor x, long axis, Tensor real)
    {
        using var counted = Padding.Fill(x, real, Numbers.Zero);
        using var sum = counted.sum(axis);
        using var count = real.sum(axis);
        using var divisor = count.clamp_min(Numbers.One);
        return sum.div(divisor);
    }
}
