using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A normalisation along one axis of a floating-point tensor that keeps the shape.</summary>
public abstract class AxisMap : Op
{
    /// <summary>Floating-point operations for each element; an exponential counts as four.</summary>
    protected abstract long CostPerElement { get; }

    public override ImmutableArray<OpAttribute> Attributes => [new("axis", "int", -1)];

    public override ImmutableArray<string> Constraints => ["`x` is floating-point", "`axis` is one of its axes; negative numbers count from the last"];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        context.ExpectAxis(2, 0, "x");
        return [context[0] with { Kind = ElementKind.Float }];
    }

    public override Dim Cost(CostContext context) => context[0].Count * CostPerElement;
}
