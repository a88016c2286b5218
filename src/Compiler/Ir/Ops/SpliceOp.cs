using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Rows of the flattened media put in the places that wait for them.</summary>
public sealed class SpliceOp : Op
{
    public override string Name => "splice";

    public override string Summary => "row `slots[i]` of the flattened media where it is not negative, else row i of `x`";

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x"), new("media"), new("slots")];

    public override ImmutableArray<string> Constraints =>
    [
        "`x` is a floating-point tensor [n, d]",
        "`media` is a floating-point tensor [images, tokens, d]",
        "`media` and `x` have the same width",
        "`slots` is ids[n]",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var x = context.ExpectFloat(1, 0, "x") & context.ExpectRank(1, 0, "x", 2, "[n, d]");
        var media = context.ExpectFloat(2, 1, "media") & context.ExpectRank(2, 1, "media", 3, "[images, tokens, d]");
        if (x && media && context[0].Shape[1] != context[1].Shape[2])
            context.Violate(3, 1, $"`media` has width {context[1].Shape[2]}, `x` has {context[0].Shape[1]}");
        if (x && !context[2].Equals(TensorType.Int(context[0].Shape[0])))
            context.Violate(4, 2, $"`slots` is {context[2]}, expected {TensorType.Int(context[0].Shape[0])}");
        return [context[0] with { Kind = ElementKind.Float }];
    }
}
