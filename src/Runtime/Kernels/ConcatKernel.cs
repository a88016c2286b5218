using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Tensors one after the other along an axis; one that is the same for all rows is repeated for each.</summary>
public sealed class ConcatKernel : IKernel
{
    public string Name => "concat";

    public BoundKernel Bind(KernelSite site)
    {
        var operands = Enumerable.Range(0, site.Operands.Length).ToArray();
        var axis = site.Attributes.Int("axis");
        axis = axis < 0 || !site.IsBatched ? axis : axis + 1;
        if (!site.IsBatched || operands.All(site.HasRows))
            return c => cat(Gather(c), axis);
        var (first, single) = (operands.First(site.HasRows), operands.Where(i => !site.HasRows(i)).ToArray());
        return c =>
        {
            var (parts, rows) = (Gather(c), c[first].size(0));
            foreach (var i in single)
                parts[i] = parts[i].expand([rows, .. parts[i].shape]);
            var joined = cat(parts, axis);
            foreach (var i in single)
                parts[i].Dispose();
            return joined;
        };
    }

    private static Tensor[] Gather(KernelContext context)
    {
        var tensors = new Tensor[context.Count];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = context[i];
        return tensors;
    }
}
