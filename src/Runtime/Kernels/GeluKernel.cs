using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>x · Φ(x) with the exact error function.</summary>
public sealed class GeluKernel : ElementwiseKernel
{
    public override string Name => "gelu";

    protected override Tensor Apply(Tensor x) => nn.functional.gelu(x);
}
