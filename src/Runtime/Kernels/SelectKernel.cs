using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elements of one tensor or another, as a mask of their first axes says.</summary>
public sealed class SelectKernel : IKernel
{
    public string Name => "select";

    public BoundKernel Bind(KernelSite site)
    {
        var further = Enumerable.Repeat(1L, site[1].Rank - site[0].Rank).ToArray();
        // Operands with and without rows then have the same axes behind the rows, and stretch to them from there.
        return c =>
        {
            using var condition = c[0].reshape([.. c[0].shape, .. further]);
            return where(condition, c[1], c[2]);
        };
    }
}
