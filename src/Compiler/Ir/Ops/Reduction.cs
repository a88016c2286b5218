using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A reduction of one axis of a floating-point tensor; the axis is dropped.</summary>
public abstract class Reduction : Op
{
    public override ImmutableArray<OpAttribute> Attributes => [new("axis", "int")];

    public override ImmutableArray<string> Constraints => ["`x` is floating-point", "`axis` is one of its axes; negative numbers count from the last"];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        var shape = context[0].Shape;
        return [TensorType.Float(context.ExpectAxis(2, 0, "x") is { } axis ? shape.RemoveAt(axis) : shape.IsEmpty ? shape : shape.RemoveAt(shape.Length - 1))];
    }

    /// <summary>One operation for each element read.</summary>
    public override Dim Cost(CostContext context) => context[0].Count;
}
