using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The complement of a mask.</summary>
public sealed class InvertOp : Op
{
    public override string Name => "invert";

    public override string Summary => "the mask that is true where the other is not";

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints => ["`x` is a mask"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectKind(1, 0, "x", ElementKind.Bool);
        return [context[0] with { Kind = ElementKind.Bool }];
    }
}
