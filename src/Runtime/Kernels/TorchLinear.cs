using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>LibTorch's linear layer: every format, phase and device.</summary>
public sealed class TorchLinear : ILinearKernel
{
    public int Rank => int.MaxValue;

    public bool Accepts(in LinearUse use) => true;

    public Tensor Run(Tensor x, Tensor weight, Tensor? bias) => nn.functional.linear(x, weight, bias);
}
