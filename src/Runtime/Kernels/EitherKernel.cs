namespace Mllm.Runtime.Kernels;

/// <summary>The union of two masks.</summary>
public sealed class EitherKernel : IKernel
{
    public string Name => "either";

    public BoundKernel Bind(KernelSite site) => Broadcasting.Bind(site, (x, y) => x.logical_or(y));
}
