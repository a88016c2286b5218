using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A function of two masks, element by element; their shapes broadcast as those of sums do.</summary>
public abstract class MaskPair : Op
{
    public override ImmutableArray<OpOperand> Operands(string function) => [new("x"), new("y")];

    public override ImmutableArray<string> Constraints => ["`x` and `y` are masks", "counted from the last axis, sizes are equal or one of them is 1"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectKind(1, 0, "x", ElementKind.Bool);
        context.ExpectKind(1, 1, "y", ElementKind.Bool);
        return [TensorType.Bool(context.ExpectBroadcast(2))];
    }
}
