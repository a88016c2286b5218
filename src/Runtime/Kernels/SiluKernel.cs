using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>x · sigmoid(x).</summary>
public sealed class SiluKernel : ElementwiseKernel
{
    public override string Name => "silu";

    protected override Tensor Apply(Tensor x) => nn.functional.silu(x);
}
