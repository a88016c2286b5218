using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>A computation along the axis that the attribute <c>axis</c> names.</summary>
public abstract class AxisKernel : IKernel
{
    public abstract string Name { get; }

    public BoundKernel Bind(KernelSite site)
    {
        var axis = site.Axis(0, site.Attributes.Int("axis"));
        return c => Apply(c[0], axis);
    }

    protected abstract Tensor Apply(Tensor x, long axis);
}
