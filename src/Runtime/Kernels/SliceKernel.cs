using Mllm.Compiler.Ir.Ops;

namespace Mllm.Runtime.Kernels;

/// <summary>A range of one axis, as a view.</summary>
public sealed class SliceKernel : IKernel
{
    public string Name => "slice";

    public BoundKernel Bind(KernelSite site)
    {
        var index = (int)site.Attributes.Int("axis");
        var size = site[0].Shape[index < 0 ? index + site[0].Rank : index];
        var (from, to) = SliceOp.Bounds(site.Attributes, size);
        var (axis, start, length) = (site.Axis(0, index), site.Size(from), site.Size(to - from));
        return c => c[0].narrow(axis, c.Size(start), c.Size(length));
    }
}
