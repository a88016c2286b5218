using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The exponential function.</summary>
public sealed class ExpKernel : ElementwiseKernel
{
    public override string Name => "exp";

    protected override Tensor Apply(Tensor x) => x.exp();
}
