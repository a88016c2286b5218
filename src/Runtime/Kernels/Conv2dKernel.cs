using Mllm.Compiler.Ir.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>A convolution with square kernels, whose weights may be standardised: once for each state of the parameters, not for each call.</summary>
public sealed class Conv2dKernel : IKernel
{
    private static readonly Scalar LeastVariance = 1e-4;

    public string Name => "conv2d";

    public BoundKernel Bind(KernelSite site)
    {
        var a = site.Attributes;
        var (weight, bias, gain) = (site.Parameter("weight"), site.Parameter("bias"), site.Parameter("gain"));
        long kernel = a.Int("kernel"), stride = a.Int("stride"), groups = a.Int("groups");
        long[] strides = [stride, stride], padding = [a.Int("padding"), a.Int("padding")], dilation = [1, 1];
        var same = a.Bool("same");
        return c =>
        {
            using var padded = same ? PadSame(c[0], kernel, stride) : null;
            var x = padded ?? c[0];
            if (gain < 0)
                return nn.functional.conv2d(x, c.Parameter(weight)!, c.Parameter(bias), strides, padding, dilation, groups);
            var (w, g) = (c.Parameter(weight)!, c.Parameter(gain)!);
            var (standardised, isOwned) = c.Derived("standardised", () => Standardise(w, g));
            using var owned = isOwned ? standardised : null;
            return nn.functional.conv2d(x, standardised, c.Parameter(bias), strides, padding, dilation, groups);
        };
    }

    /// <summary>
    /// Scaled weight standardisation (Brock et al., 2021, "High-Performance Large-Scale Image Recognition Without Normalization", section 2): for each
    /// output channel (w - mean) · gain / √max(variance · fan_in, 1e-4), with the biased variance.
    /// </summary>
    /// <param name="weight">[out, in/groups, kernel, kernel]</param>
    /// <param name="gain">[out]</param>
    private static Tensor Standardise(Tensor weight, Tensor gain)
    {
        var (outputs, fanIn) = (weight.size(0), weight.size(1) * weight.size(2) * weight.size(3));
        // Statistics of bfloat16 weights are taken in float32: a sum of thousands of terms has no digits left in 8 bits.
        using var wide = weight.to(weight.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : weight.dtype);
        using var flat = wide.view(outputs, fanIn);
        using var mean = flat.mean([1], keepdim: true);
        using var centred = flat.sub(mean);
        using var squares = centred.pow(Numbers.Two);
        using var deviation = squares.sum(1, keepdim: true);
        using var floored = deviation.clamp_min(LeastVariance);
        using var inverse = floored.rsqrt();
        using var typed = gain.to(wide.dtype);
        using var column = typed.view(outputs, 1);
        using var scale = inverse.mul(column);
        using var scaled = centred.mul(scale);
        using var shaped = scaled.view(weight.shape);
        return shaped.to(weight.dtype);
    }

    /// <summary>Zeros around the image so that there are ceil(size / stride) windows.</summary>
    private static Tensor PadSame(Tensor x, long kernel, long stride)
    {
        var (top, bottom) = Convolution.SamePadding(x.size(-2), kernel, stride);
        var (left, right) = Convolution.SamePadding(x.size(-1), kernel, stride);
        return nn.functional.pad(x, [left, right, top, bottom]);
    }
}
