using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Ids that are written in the text.</summary>
public sealed class TokensOp : Op
{
    public override string Name => "tokens";

    public override string Summary => "the constant ids of a list of numbers";

    public override ImmutableArray<OpAttribute> Attributes => [new("values", "[int]")];

    public override ImmutableArray<OpOperand> Operands(string function) => [];

    public override ImmutableArray<TensorType> Infer(InferContext context) => [TensorType.Int(context.Attributes.Sizes("values").Length)];
}
