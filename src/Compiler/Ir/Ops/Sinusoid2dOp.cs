using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The constant table of sinusoidal positions on a grid (He et al., 2022, appendix A.1).</summary>
public sealed class Sinusoid2dOp : Op
{
    public override string Name => "sinusoid_2d";

    public override string Summary =>
        "the constant [height·width, dim], row y·width + x: sines then cosines of the column x, then sines then cosines of the row y, a quarter of `dim` each, at the frequencies 10000^(-4i/dim)";

    public override ImmutableArray<OpAttribute> Attributes => [new("height", "size"), new("width", "size"), new("dim", "int")];

    public override ImmutableArray<OpOperand> Operands(string function) => [];

    public override ImmutableArray<string> Constraints => ["`height` and `width` are not negative", "`dim` is a multiple of 4 and at least 4"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectAtLeast(1, "height", 0);
        context.ExpectAtLeast(1, "width", 0);
        if (context.Attributes.Int("dim") is var dim && (dim < 4 || dim % 4 != 0))
            context.Violate(2, null, $"`dim` is {dim}, expected a multiple of 4 of at least 4");
        return [TensorType.Float(context.Attributes.Size("height") * context.Attributes.Size("width"), context.Attributes.Size("dim"))];
    }
}
