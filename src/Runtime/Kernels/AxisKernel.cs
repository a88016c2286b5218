using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>A computation along the axis that the attribute <c>axis</c> names; where some of its elements are padding, over the others.</summary>
public abstract class AxisKernel : IKernel
{
    public abstract string Name { get; }

    public BoundKernel Bind(KernelSite site)
    {
        var axis = site.Axis(0, site.Attributes.Int("axis"));
        if (site.Real(0) is not (>= 0 and var mask))
            return c => Apply(c[0], axis);
        return c =>
        {
            using var real = Padding.Fit(c[mask], c[0]);
            return Apply(c[0], axis, real);
        };
    }

    protected abstract Tensor Apply(Tensor x, long axis);

    /// <param name="real">Which elements are no padding: a mask that stretches to the shape of <paramref name="x"/>. A line of padding alone gives zeros.</param>
    protected abstract Tensor Apply(Tensor x, long axis, Tensor real);
}
