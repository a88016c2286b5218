using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A comparison of ids with one number: a mask of the same shape.</summary>
public abstract class IdTest : Op
{
    public override ImmutableArray<OpAttribute> Attributes => [new("value", "int")];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints => ["`x` is ids[...]"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectKind(1, 0, "x", ElementKind.Int);
        return [context[0] with { Kind = ElementKind.Bool }];
    }
}
