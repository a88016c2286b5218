using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The tanh approximation of gelu.</summary>
public sealed class GeluTanhKernel : ElementwiseKernel
{
    public override string Name => "gelu_tanh";

    protected override Tensor Apply(Tensor x) => nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh);
}
