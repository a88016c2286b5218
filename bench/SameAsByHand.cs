using Mllm.Runtime.Kernels;
using static TorchSharp.torch;

namespace Mllm.Bench;

/// <summary>LibTorch's linear layer in front of every other way: what the executor costs, apart from what its kernels gain.</summary>
internal sealed class SameAsByHand : ILinearKernel
{
    private readonly TorchLinear _torch = new();

    public int Rank => int.MinValue;

    public bool Accepts(in LinearUse use) => true;

    public Tensor Run(Tensor x, Tensor weight, Tensor? bias) => _torch.Run(x, weight, bias);
}
