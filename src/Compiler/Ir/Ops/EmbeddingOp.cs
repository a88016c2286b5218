using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A table of vectors: <c>forward</c> looks ids up, <c>unembed</c> scores vectors against every row.</summary>
public sealed class EmbeddingOp : Op
{
    public override string Name => "embedding";

    public override string Summary => "a table of vectors: `forward` looks ids up, `unembed` multiplies by the transposed table";

    public override bool IsModule => true;

    public override ImmutableArray<string> Functions => ["forward", "unembed"];

    public override ImmutableArray<OpAttribute> Attributes => [new("vocab", "int"), new("dim", "int"), new("std", "float", 0.02)];

    public override ImmutableArray<string> Constraints =>
    [
        "`forward` takes ids, `unembed` a floating-point tensor",
        "the last axis that `unembed` takes has `dim` elements",
        "`vocab` and `dim` are at least 1",
        "`std` is not negative",
    ];

    public override ImmutableArray<OpOperand> Operands(string function) => [new(function == "unembed" ? "x" : "ids")];

    public override ImmutableArray<OpParameter> Parameters(Attributes attributes) =>
        [new("weight", [attributes.Size("vocab"), attributes.Size("dim")], Initializer.Normal(attributes.Float("std")))];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectAtLeast(3, "vocab", 1);
        context.ExpectAtLeast(3, "dim", 1);
        context.ExpectNotNegative(4, "std");
        if (context.Function == "unembed")
        {
            context.ExpectFloat(1, 0, "x");
            context.ExpectLastAxis(2, 0, "x", "dim");
            return [TensorType.Float([.. context[0].Shape.SkipLast(1), context.Attributes.Size("vocab")])];
        }
        context.ExpectKind(1, 0, "ids", ElementKind.Int);
        return [TensorType.Float([.. context[0].Shape, context.Attributes.Size("dim")])];
    }

    /// <summary>A look-up computes nothing; <c>unembed</c> is one multiply-add for each element of the table and each vector.</summary>
    public override Dim Cost(CostContext context) => context.Function == "unembed" ? 2 * context.Attributes.Size("dim") * context.Results[0].Count : 0;
}
