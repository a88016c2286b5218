using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Layer normalisation over the last axis (Ba et al., 2016).</summary>
public sealed class LayerNormOp : Op
{
    public override string Name => "layer_norm";

    public override string Summary => "over the last axis: minus the mean, divided by √(variance + eps), times weight, plus bias";

    public override bool IsModule => true;

    public override ImmutableArray<OpAttribute> Attributes => [new("dim", "int"), new("eps", "float", 1e-5), new("affine", "bool", true), new("bias", "bool", true)];

    public override ImmutableArray<string> Constraints => ["`x` is floating-point", "its last axis has `dim` elements", "`dim` is at least 1", "`eps` is not negative"];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    /// <summary>The bias is there only beside the weight: <c>affine: false</c> leaves both out.</summary>
    public override ImmutableArray<OpParameter> Parameters(Attributes attributes)
    {
        if (!attributes.Bool("affine"))
            return [];
        var weight = new OpParameter("weight", [attributes.Size("dim")], Initializer.Ones);
        return attributes.Bool("bias") ? [weight, new OpParameter("bias", [attributes.Size("dim")], Initializer.Zeros)] : [weight];
    }

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        context.ExpectLastAxis(2, 0, "x", "dim");
        context.ExpectAtLeast(3, "dim", 1);
        context.ExpectNotNegative(4, "eps");
        return [context[0] with { Kind = ElementKind.Float }];
    }

    /// <summary>For each element: the mean's sum, the difference, its square, the squares' sum, the scaling; one more for each parameter.</summary>
    public override Dim Cost(CostContext context) => (5 + Parameters(context.Attributes).Length) * context[0].Count;
}
