using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The value without its gradient.</summary>
public sealed class DetachOp : Op
{
    public override string Name => "detach";

    public override string Summary => "the value itself, through which no gradient flows";

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints => ["`x` is floating-point: ids and masks have no gradient"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        return [context[0] with { Kind = ElementKind.Float }];
    }

    public override bool PassesGradient(int operand, TensorType type) => false;
}
