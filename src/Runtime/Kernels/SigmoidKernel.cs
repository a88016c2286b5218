using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The logistic function.</summary>
public sealed class SigmoidKernel : ElementwiseKernel
{
    public override string Name => "sigmoid";

    protected override Tensor Apply(Tensor x) => x.sigmoid();
}
