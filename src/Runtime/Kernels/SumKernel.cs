using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The sum over one axis, which is dropped.</summary>
public sealed class SumKernel : AxisKernel
{
    public override string Name => "sum";

    protected override Tensor Apply(Tensor x, long axis) => x.sum(axis);

    protected override Tensor Apply(Tensor x, long axis, Tensor real)
    {
        using var counted = Padding.Fill(x, real, Numbers.Zero);
        return counted.sum(axis);
    }
}
