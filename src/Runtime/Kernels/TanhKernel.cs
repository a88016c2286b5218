using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The hyperbolic tangent.</summary>
public sealed class TanhKernel : ElementwiseKernel
{
    public override string Name => "tanh";

    protected override Tensor Apply(Tensor x) => x.tanh();
}
