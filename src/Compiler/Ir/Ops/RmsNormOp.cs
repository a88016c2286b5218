using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Root-mean-square normalisation over the last axis (Zhang and Sennrich, 2019).</summary>
public sealed class RmsNormOp : Op
{
    public override string Name => "rms_norm";

    public override string Summary => "over the last axis: divided by √(mean of squares + eps), times weight";

    public override bool IsModule => true;

    public override ImmutableArray<OpAttribute> Attributes => [new("dim", "int"), new("eps", "float", 1e-6), new("affine", "bool", true)];

    public override ImmutableArray<string> Constraints => ["`x` is floating-point", "its last axis has `dim` elements", "`dim` is at least 1", "`eps` is not negative"];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<OpParameter> Parameters(Attributes attributes) =>
        attributes.Bool("affine") ? [new("weight", [attributes.Size("dim")], Initializer.Ones)] : [];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        context.ExpectLastAxis(2, 0, "x", "dim");
        context.ExpectAtLeast(3, "dim", 1);
        context.ExpectNotNegative(4, "eps");
        return [context[0] with { Kind = ElementKind.Float }];
    }

    /// <summary>For each element: the square, the squares' sum, the scaling; one more for the weight.</summary>
    public override Dim Cost(CostContext context) => (3 + Parameters(context.Attributes).Length) * context[0].Count;
}
