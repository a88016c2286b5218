using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>An elementwise function of one floating-point tensor.</summary>
public abstract class Activation : Op
{
    /// <summary>Floating-point operations for each element; an exponential, a hyperbolic tangent or an error function counts as four.</summary>
    protected abstract long CostPerElement { get; }

    public override bool IsActivation => true;

    public override ImmutableArray<string> Constraints => ["`x` is floating-point"];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        return [context[0] with { Kind = ElementKind.Float }];
    }

    public override Dim Cost(CostContext context) => context[0].Count * CostPerElement;
}
