using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elements of the first axis by index; each row of a batch has its own table, its own index, or both.</summary>
public sealed class GatherKernel : IKernel
{
    public string Name => "gather";

    public BoundKernel Bind(KernelSite site)
    {
        var (tables, indices) = (site.HasRows(0), site.HasRows(1));
        return c =>
        {
            var (x, index) = (c[0], c[1]);
            var axis = tables ? 1 : 0;
            IndexRange.Check(index, x.size(axis), "`gather`: an index");
            var rest = x.shape[(axis + 1)..];
            if (tables && indices)
                return ByRow(x, index, rest);
            using var flat = index.reshape(-1);
            using var taken = x.index_select(axis, flat);
            return taken.view(tables ? [x.size(0), .. index.shape, .. rest] : [.. index.shape, .. rest]);
        };
    }

    /// <summary>All rows' tables one after the other, and indices that count from the first.</summary>
    private static Tensor ByRow(Tensor x, Tensor index, long[] rest)
    {
        var (rows, count) = (x.size(0), x.size(1));
        using var joined = x.reshape([rows * count, .. rest]);
        using var starts = Numbers.Range(0, rows, 1, ScalarType.Int64, x.device);
        using Scalar step = count;
        using var first = starts.mul(step);
        using var column = first.view(-1, 1);
        using var flat = index.reshape(rows, index.numel() / Math.Max(rows, 1));
        using var shifted = flat.add(column, Numbers.One);
        using var all = shifted.flatten();
        using var taken = joined.index_select(0, all);
        return taken.view([.. index.shape, .. rest]);
    }
}
