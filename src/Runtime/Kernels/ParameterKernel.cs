namespace Mllm.Runtime.Kernels;

/// <summary>The learned tensor itself.</summary>
public sealed class ParameterKernel : IKernel
{
    public string Name => "parameter";

    public BoundKernel Bind(KernelSite site) => c => c.Parameter(0)!.alias();
}
