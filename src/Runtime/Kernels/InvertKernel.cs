using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The complement of a mask.</summary>
public sealed class InvertKernel : ElementwiseKernel
{
    public override string Name => "invert";

    protected override Tensor Apply(Tensor x) => x.logical_not();
}
