namespace Mllm.Runtime.Kernels;

/// <summary>The value without its history: a view that requires no gradient.</summary>
public sealed class DetachKernel : IKernel
{
    public string Name => "detach";

    public BoundKernel Bind(KernelSite site) => c => c.Context.Detached is { } kept ? c.Kept(kept, 0) : c[0].detach();
}
