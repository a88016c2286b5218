using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The largest element of one axis, which is dropped.</summary>
public sealed class MaxKernel : AxisKernel
{
    public override string Name => "max";

    protected override Tensor Apply(Tensor x, long axis) => x.amax([axis]);

    protected override Tensor Apply(Tensor x, long axis, Tensor real)
    {
        if (x.dtype == ScalarType.Bool)
        {
            using var seen = x.logical_and(real);
            return seen.amax([axis]);
        }
        using var counted = Padding.FillLow(x, real);
        using var largest = counted.amax([axis]);
        using var any = real.any(axis);
        return Padding.Fill(largest, any, Numbers.Zero);
    }
}
