namespace Mllm.Runtime.Kernels;

/// <summary>x · weightᵀ + bias over the last axis, computed by the best <see cref="ILinearKernel"/> for the call.</summary>
public sealed class LinearKernel : IKernel
{
    public string Name => "linear";

    public BoundKernel Bind(KernelSite site)
    {
        var (weight, bias, kernels) = (site.Parameter("weight"), site.Parameter("bias"), site.LinearKernels);
        return c => LinearKernels.Run(kernels, c, c[0], c.Parameter(weight)!, c.Parameter(bias));
    }
}
