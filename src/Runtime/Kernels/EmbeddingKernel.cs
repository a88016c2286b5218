using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Rows of a table by ids; <c>unembed</c> multiplies by the transposed table, as a linear layer does.</summary>
public sealed class EmbeddingKernel : IKernel
{
    public string Name => "embedding";

    public BoundKernel Bind(KernelSite site)
    {
        var (weight, kernels) = (site.Parameter("weight"), site.LinearKernels);
        if (site.Function == "unembed")
            return c => LinearKernels.Run(kernels, c, c[0], c.Parameter(weight)!, null);
        return c =>
        {
            var table = c.Parameter(weight)!;
            using var flat = c[0].reshape(-1);
            using var rows = table.index_select(0, flat);
            return rows.view([.. c[0].shape, table.size(1)]);
        };
    }
}
