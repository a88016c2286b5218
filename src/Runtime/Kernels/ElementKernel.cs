using Mllm.Compiler.Ir.Ops;

namespace Mllm.Runtime.Kernels;

/// <summary>One element of an axis, as a view without the axis.</summary>
public sealed class ElementKernel : IKernel
{
    public string Name => "element";

    public BoundKernel Bind(KernelSite site)
    {
        var index = (int)site.Attributes.Int("axis");
        var size = site[0].Shape[index < 0 ? index + site[0].Rank : index];
        var (axis, at) = (site.Axis(0, index), site.Size(SliceOp.FromStart(site.Attributes.Size("index"), size)));
        return c => c[0].select(axis, c.Size(at));
    }
}
