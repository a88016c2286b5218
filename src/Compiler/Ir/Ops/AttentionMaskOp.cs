using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A mask between the positions of two sequences by a rule; only their lengths matter.</summary>
public sealed class AttentionMaskOp : Op
{
    /// <summary>Every key, none, those up to the query's own position, or that of the query's own number.</summary>
    public static readonly ImmutableArray<string> Rules = ["all", "none", "causal", "same"];

    public override string Name => "attention_mask";

    public override string Summary => "mask[n, m] of the queries `x` [n, ...] and the keys `y` [m, ...]: all, none, with \"causal\" key j for query i where j ≤ i + m - n, with \"same\" where j = i";

    public override ImmutableArray<OpAttribute> Attributes => [new("rule", "string", "all")];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x"), new("y")];

    public override ImmutableArray<string> Constraints => ["`x` and `y` have at least one axis: that of positions", $"`rule` is one of {string.Join(", ", Rules)}"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        foreach (var (operand, name) in (ReadOnlySpan<(int, string)>)[(0, "x"), (1, "y")])
            if (context[operand].Rank == 0)
                context.Violate(1, operand, $"`{name}` is {context[operand]} with no axes, expected an axis of positions");
        if (!Rules.Contains(context.Attributes.Text("rule")))
            context.Violate(2, null, $"`rule` is \"{context.Attributes.Text("rule")}\", expected one of {string.Join(", ", Rules)}");
        return [TensorType.Bool(Length(context[0]), Length(context[1]))];
    }

    public override bool PassesGradient(int operand, TensorType type) => false;

    private static Dim Length(TensorType type) => type.Rank == 0 ? 1 : type.Shape[0];
}
