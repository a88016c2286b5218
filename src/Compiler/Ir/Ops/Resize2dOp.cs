using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>An image, or a table of positions laid out as one, at another size.</summary>
public sealed class Resize2dOp : Op
{
    /// <summary>How many rows, and columns, an element of the result is made of.</summary>
    private const long Taps = 4;

    public override string Name => "resize2d";

    public override string Summary => "bicubic interpolation to another size, pixel centres at halves, edges repeated, without smoothing";

    public override ImmutableArray<OpAttribute> Attributes => [new("height", "int"), new("width", "int")];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints => ["`x` is a floating-point tensor [c, h, w], h and w known and at least 1", "`height` and `width` are at least 1"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        var ranked = context.ExpectRank(1, 0, "x", 3, "[c, h, w]");
        if (ranked && context[0].Shape[1..].Any(size => size.Value is null or < 1))
            context.Violate(1, 0, $"`x` is {context[0]}, expected a known height and a known width of at least 1");
        context.ExpectAtLeast(2, "height", 1);
        context.ExpectAtLeast(2, "width", 1);
        return [TensorType.Float(ranked ? context[0].Shape[0] : 1, context.Attributes.Size("height"), context.Attributes.Size("width"))];
    }

    public override Dim Cost(CostContext context) => 2 * Taps * Taps * context.Results[0].Count;
}
