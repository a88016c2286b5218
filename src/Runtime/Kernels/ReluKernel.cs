using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>max(x, 0).</summary>
public sealed class ReluKernel : ElementwiseKernel
{
    public override string Name => "relu";

    protected override Tensor Apply(Tensor x) => nn.functional.relu(x);
}
