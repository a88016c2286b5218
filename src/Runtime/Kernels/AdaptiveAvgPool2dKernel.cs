using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The mean over a given number of windows.</summary>
public sealed class AdaptiveAvgPool2dKernel : IKernel
{
    public string Name => "adaptive_avg_pool2d";

    public BoundKernel Bind(KernelSite site)
    {
        long[] windows = [site.Attributes.Int("height"), site.Attributes.Int("width")];
        return c => nn.functional.adaptive_avg_pool2d(c[0], windows);
    }
}
