using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The value without its history: a view that requires no gradient.</summary>
public sealed class DetachKernel : ElementwiseKernel
{
    public override string Name => "detach";

    protected override Tensor Apply(Tensor x) => x.detach();
}
