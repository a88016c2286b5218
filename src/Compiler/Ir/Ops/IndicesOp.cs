using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The numbers of the elements along a first axis.</summary>
public sealed class IndicesOp : Op
{
    public override string Name => "indices";

    public override string Summary => "ids[n] from 0 to n - 1 for `x` [n, ...], of which only the length matters";

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints => ["`x` has at least one axis"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        if (context[0].Rank == 0)
            context.Violate(1, 0, $"`x` is {context[0]} with no axes, expected at least one");
        return [TensorType.Int(context[0].Rank == 0 ? 1 : context[0].Shape[0])];
    }

    public override bool PassesGradient(int operand, TensorType type) => false;
}
