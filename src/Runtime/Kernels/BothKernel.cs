namespace Mllm.Runtime.Kernels;

/// <summary>The intersection of two masks.</summary>
public sealed class BothKernel : IKernel
{
    public string Name => "both";

    public BoundKernel Bind(KernelSite site) => Broadcasting.Bind(site, (x, y) => x.logical_and(y));
}
