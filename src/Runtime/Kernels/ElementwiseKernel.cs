using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>A function of each element; rows or none make no difference.</summary>
public abstract class ElementwiseKernel : IKernel
{
    public abstract string Name { get; }

    public BoundKernel Bind(KernelSite site) => c => Apply(c[0]);

    protected abstract Tensor Apply(Tensor x);
}
