using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>x · sigmoid(1.702 · x), each step in the element type of x, as CLIP computes it.</summary>
public sealed class QuickGeluKernel : ElementwiseKernel
{
    private static readonly Scalar Slope = 1.702;

    public override string Name => "quick_gelu";

    protected override Tensor Apply(Tensor x)
    {
        using var scaled = x.mul(Slope);
        using var gate = scaled.sigmoid_();
        return x.mul(gate);
    }
}
