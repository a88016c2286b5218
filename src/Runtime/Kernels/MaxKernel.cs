using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The largest element of one axis, which is dropped.</summary>
public sealed class MaxKernel : AxisKernel
{
    public override string Name => "max";

    protected override Tensor Apply(Tensor x, long axis) => x.amax([axis]);
}
