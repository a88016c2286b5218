using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The largest element of one axis; of a mask, whether any is true.</summary>
public sealed class MaxOp : Reduction
{
    public override string Name => "max";

    public override string Summary => "the largest element along one axis, which is dropped; of a mask, whether any is true";

    public override ImmutableArray<string> Constraints => ["`x` is floating-point or a mask", .. base.Constraints.Skip(1)];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        if (context[0].Kind != ElementKind.Bool)
            return base.Infer(context);
        var shape = context[0].Shape;
        return [TensorType.Bool([.. context.ExpectAxis(2, 0, "x") is { } axis ? shape.RemoveAt(axis) : shape.IsEmpty ? shape : shape.RemoveAt(shape.Length - 1)])];
    }
}
