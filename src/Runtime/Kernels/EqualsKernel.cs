using TorchSharp;

namespace Mllm.Runtime.Kernels;

/// <summary>Where an id is a given one.</summary>
public sealed class EqualsKernel : IKernel
{
    public string Name => "equals";

    public BoundKernel Bind(KernelSite site)
    {
        Scalar value = site.Attributes.Int("value");
        return c => c[0].eq(value);
    }
}
