using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>max(x, 0)².</summary>
public sealed class SquaredReluKernel : ElementwiseKernel
{
    public override string Name => "squared_relu";

    protected override Tensor Apply(Tensor x)
    {
        using var positive = nn.functional.relu(x);
        return positive.pow(Numbers.Two);
    }
}
