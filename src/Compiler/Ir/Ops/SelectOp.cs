using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Elements of one tensor or another, as a mask says.</summary>
public sealed class SelectOp : Op
{
    public override string Name => "select";

    public override string Summary => "`a` where the mask is true, else `b`; the mask has the first of their axes, or all";

    public override ImmutableArray<OpOperand> Operands(string function) => [new("condition"), new("a"), new("b")];

    public override ImmutableArray<string> Constraints =>
    [
        "`condition` is a mask",
        "`a` and `b` have the same type",
        "the axes of `condition` are the first axes of `a`",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var (condition, a, b) = (context[0], context[1], context[2]);
        context.ExpectKind(1, 0, "condition", ElementKind.Bool);
        if (!a.Equals(b))
            context.Violate(2, 2, $"`b` is {b}, expected {a}, the type of `a`");
        if (condition.Rank > a.Rank || !condition.Shape.AsSpan().SequenceEqual(a.Shape.AsSpan()[..condition.Rank]))
            context.Violate(3, 0, $"`condition` is {condition}, expected mask[{string.Join(", ", a.Shape)}] or its first axes");
        return [a];
    }
}
