using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// x / √(mean of squares + eps) · weight over the last axis. In bfloat16 it is computed in float32 and rounded before the weight is applied, as
/// LLaMA's reference implementation in Hugging Face Transformers does.
/// </summary>
public sealed class RmsNormKernel : IKernel
{
    private static readonly long[] Last = [-1];

    public string Name => "rms_norm";

    public BoundKernel Bind(KernelSite site)
    {
        Scalar eps = site.Attributes.Float("eps");
        var weight = site.Parameter("weight");
        return c =>
        {
            using var normed = c[0].dtype == ScalarType.BFloat16 ? Wide(c[0], eps) : Normed(c[0], eps);
            return c.Parameter(weight) is { } w ? normed.mul(w) : normed.alias();
        };
    }

    private static Tensor Wide(Tensor x, Scalar eps)
    {
        using var wide = x.to(ScalarType.Float32);
        using var normed = Normed(wide, eps);
        return normed.to(x.dtype);
    }

    private static Tensor Normed(Tensor x, Scalar eps)
    {
        using var squares = x.pow(Numbers.Two);
        using var mean = squares.mean(Last, keepdim: true);
        using var scale = mean.add_(eps, Numbers.One).rsqrt();
        return x.mul(scale);
    }
}
