using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Layer normalisation over the last axis; LibTorch accumulates bfloat16 in float32.</summary>
public sealed class LayerNormKernel : IKernel
{
    public string Name => "layer_norm";

    public BoundKernel Bind(KernelSite site)
    {
        long[] shape = [site.Attributes.Int("dim")];
        var (eps, weight, bias) = (site.Attributes.Float("eps"), site.Parameter("weight"), site.Parameter("bias"));
        return c => nn.functional.layer_norm(c[0], shape, c.Parameter(weight), c.Parameter(bias), eps);
    }
}
