using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The ids of a list.</summary>
public sealed class TokensKernel : IKernel
{
    public string Name => "tokens";

    public BoundKernel Bind(KernelSite site)
    {
        long[] values = [.. site.Attributes.Sizes("values").Select(v => v.Value!.Value)];
        return c =>
        {
            using var ids = from_array(values);
            return ids.to(c.Device, copy: true);
        };
    }
}
