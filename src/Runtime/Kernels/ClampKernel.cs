using Mllm.Compiler.Types;
using TorchSharp;

namespace Mllm.Runtime.Kernels;

/// <summary>Elements moved into bounds.</summary>
public sealed class ClampKernel : IKernel
{
    public string Name => "clamp";

    public BoundKernel Bind(KernelSite site)
    {
        var (least, most) = (Bound(site, "min"), Bound(site, "max"));
        return (least, most) switch
        {
            ({ } min, { } max) => c => c[0].clamp(min, max),
            ({ } min, null) => c => c[0].clamp_min(min),
            (null, { } max) => c => c[0].clamp_max(max),
            _ => throw new InvalidOperationException("no bound is given"),
        };
    }

    private static Scalar? Bound(KernelSite site, string name)
    {
        if (!site.Attributes.Has(name))
            return null;
        var value = site.Attributes.Float(name);
        return site[0].Kind == ElementKind.Int ? (Scalar)(long)value : value;
    }
}
