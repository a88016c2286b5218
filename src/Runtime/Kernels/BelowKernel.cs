using TorchSharp;

namespace Mllm.Runtime.Kernels;

/// <summary>Where an id is less than a number.</summary>
public sealed class BelowKernel : IKernel
{
    public string Name => "below";

    public BoundKernel Bind(KernelSite site)
    {
        Scalar value = site.Attributes.Int("value");
        return c => c[0].lt(value);
    }
}
