using Mllm.Compiler.Ir.Ops;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The mean over square windows.</summary>
public sealed class AvgPool2dKernel : IKernel
{
    public string Name => "avg_pool2d";

    public BoundKernel Bind(KernelSite site)
    {
        long kernel = site.Attributes.Int("kernel"), stride = AvgPool2dOp.Stride(site.Attributes).Value!.Value;
        long[] window = [kernel, kernel], step = [stride, stride];
        return c => nn.functional.avg_pool2d(c[0], window, step);
    }
}
