using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Which images' tokens each text position may see: by the rule, and never those of a padding image.</summary>
public sealed class MediaMaskKernel : IKernel
{
    public string Name => "media_mask";

    public BoundKernel Bind(KernelSite site)
    {
        var (images, tokens, rule) = (site.Size(site.Attributes.Size("images")), site.Size(site.Attributes.Size("tokens")), site.Attributes.Text("rule"));
        return c =>
        {
            var (latest, count) = (c[0], c[1]);
            using var all = Numbers.Range(1, c.Size(images) + 1, 1, ScalarType.Int64, latest.device);
            using var image = all.repeat_interleave(c.Size(tokens));
            using var position = latest.unsqueeze(-1);
            using var total = count.unsqueeze(-1);
            using var row = total.unsqueeze(-1);
            using var exists = image.le(row);
            using var seen = rule switch
            {
                "preceding_image" => image.eq(position),
                "previous_images" => image.le(position),
                "all_images" => position.eq(position),
                _ => throw new InvalidOperationException($"no rule `{rule}`"),
            };
            return seen.logical_and(exists);
        };
    }
}
