using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Random indices, with probabilities proportional to weights.</summary>
public sealed class DrawOp : Op
{
    public override string Name => "draw";

    public override string Summary => "one random index for each row of `weights`, with probability proportional to the weight; equal seeds of a run draw alike";

    public override bool IsRandom => true;

    /// <summary>The name by which a run may say what was drawn.</summary>
    public override ImmutableArray<OpAttribute> Attributes => [new("name", "string?", new NoneConstant())];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("weights")];

    public override ImmutableArray<string> Constraints => ["`weights` is a floating-point tensor [n, choices]"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var ranked = context.ExpectFloat(1, 0, "weights") & context.ExpectRank(1, 0, "weights", 2, "[n, choices]");
        return [TensorType.Int(ranked || context[0].Rank > 0 ? context[0].Shape[0] : 1)];
    }

    /// <summary>The sum of each row's weights.</summary>
    public override Dim Cost(CostContext context) => context[0].Count;

    public override bool PassesGradient(int operand, TensorType type) => false;
}
