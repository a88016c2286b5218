using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Rows of the flattened media in the places that wait for them.</summary>
public sealed class SpliceKernel : IKernel
{
    public string Name => "splice";

    public BoundKernel Bind(KernelSite site)
    {
        var width = site.Size(site[0].Shape[1]);
        var (x, media, slots) = (site.HasRows(0), site.HasRows(1), site.HasRows(2));
        return c =>
        {
            var rows = x ? c[0].size(0) : media ? c[1].size(0) : slots ? c[2].size(0) : 1;
            using var places = WithRows(c[2], slots, rows);
            using var text = WithRows(c[0], x, rows);
            using var images = WithRows(c[1], media, rows);
            using var tokens = images.reshape(rows, images.size(1) * images.size(2), c.Size(width));
            using var spliced = tokens.size(1) == 0 ? text.alias() : Splice(text, tokens, places);
            return site.IsBatched ? spliced.alias() : spliced.squeeze(0);
        };
    }

    private static Tensor Splice(Tensor text, Tensor tokens, Tensor slots)
    {
        using var column = slots.unsqueeze(-1);
        using var isMedia = column.ge(Numbers.Zero);
        using var index = column.clamp_min(Numbers.Zero);
        using var wide = index.expand(-1, -1, text.size(2));
        using var taken = tokens.gather(1, wide);
        return where(isMedia, taken, text);
    }

    private static Tensor WithRows(Tensor x, bool has, long rows) => has ? x.alias() : x.expand([rows, .. x.shape]);
}
