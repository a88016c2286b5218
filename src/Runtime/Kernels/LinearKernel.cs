namespace Mllm.Runtime.Kernels;

/// <summary>x · weightᵀ + bias over the last axis, computed by the best <see cref="ILinearKernel"/> for the call.</summary>
public sealed class LinearKernel : IKernel
{
    public string Name => "linear";

    public BoundKernel Bind(KernelSite site)
    {
        var (weight, bias, kernels) = (site.Parameter("weight"), site.Parameter("bias"), site.LinearKernels);
        if (!site.Attributes.Bool("transposed"))
            return c => LinearKernels.Run(kernels, c, c[0], c.Parameter(weight)!, c.Parameter(bias));
        return c =>
        {
            using var turned = c.Parameter(weight)!.t();
            return LinearKernels.Run(kernels, c, c[0], turned, c.Parameter(bias), isTransposed: true);
        };
    }
}
