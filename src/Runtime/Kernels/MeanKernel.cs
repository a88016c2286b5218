using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The mean over one axis, which is dropped.</summary>
public sealed class MeanKernel : AxisKernel
{
    public override string Name => "mean";

    protected override Tensor Apply(Tensor x, long axis) => x.mean([axis]);
}
