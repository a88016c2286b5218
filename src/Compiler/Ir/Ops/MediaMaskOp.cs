using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Which media tokens each text position may see.</summary>
public sealed class MediaMaskOp : Op
{
    /// <summary>The rules of <c>attending</c>: the latest image up to the position, all images up to it, or all of the prompt.</summary>
    public static readonly ImmutableArray<string> Rules = ["preceding_image", "previous_images", "all_images"];

    public override string Name => "media_mask";

    public override string Summary => "which of the images' tokens each text position may see, by `rule`";

    public override ImmutableArray<OpAttribute> Attributes => [new("images", "size"), new("tokens", "size"), new("rule", "string")];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("image_index"), new("image_count")];

    public override ImmutableArray<string> Constraints =>
    [
        "`image_index` is ids[n]",
        "`image_count` is ids[]",
        "`images` and `tokens` are not negative",
        $"`rule` is one of {string.Join(", ", Rules)}",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var ranked = context.ExpectKind(1, 0, "image_index", ElementKind.Int) & context.ExpectRank(1, 0, "image_index", 1, "ids[n]");
        if (context.ExpectKind(2, 1, "image_count", ElementKind.Int))
            context.ExpectRank(2, 1, "image_count", 0, "ids[]");
        context.ExpectAtLeast(3, "images", 0);
        context.ExpectAtLeast(3, "tokens", 0);
        if (!Rules.Contains(context.Attributes.Text("rule")))
            context.Violate(4, null, $"`rule` is \"{context.Attributes.Text("rule")}\", expected one of {string.Join(", ", Rules)}");
        return [TensorType.Bool(ranked || context[0].Rank > 0 ? context[0].Shape[0] : 1, context.Attributes.Size("images") * context.Attributes.Size("tokens"))];
    }
}
