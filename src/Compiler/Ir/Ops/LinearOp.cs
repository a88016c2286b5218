using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>An affine map of the last axis.</summary>
public sealed class LinearOp : Op
{
    public override string Name => "linear";

    public override string Summary => "an affine map of the last axis: x · weightᵀ + bias, or x · weight + bias with `transposed`";

    public override bool IsModule => true;

    public override ImmutableArray<OpAttribute> Attributes =>
        [new("in", "int"), new("out", "int"), new("bias", "bool", true), new("std", "float?", new NoneConstant()), new("transposed", "bool", false)];

    public override ImmutableArray<string> Constraints => ["`x` is floating-point", "its last axis has `in` elements", "`in` and `out` are at least 1", "`std` is not negative"];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    /// <summary>
    /// Drawn uniformly from ±1/√in, or from a normal distribution where <c>std</c> is given (the bias is zero then). <c>transposed</c> decides how the
    /// weight is stored, not what is computed.
    /// </summary>
    public override ImmutableArray<OpParameter> Parameters(Attributes attributes)
    {
        var (inputs, outputs) = (attributes.Size("in"), attributes.Size("out"));
        var uniform = Initializers.UniformByFanIn(inputs);
        var normal = attributes.Has("std") ? Initializer.Normal(attributes.Float("std")) : null;
        var weight = new OpParameter("weight", attributes.Bool("transposed") ? [inputs, outputs] : [outputs, inputs], normal ?? uniform);
        return attributes.Bool("bias") ? [weight, new OpParameter("bias", [outputs], normal is null ? uniform : Initializer.Zeros)] : [weight];
    }

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        context.ExpectLastAxis(2, 0, "x", "in");
        context.ExpectAtLeast(3, "in", 1);
        context.ExpectAtLeast(3, "out", 1);
        context.ExpectNotNegative(4, "std");
        return [TensorType.Float([.. context[0].Shape.SkipLast(1), context.Attributes.Size("out")])];
    }

    /// <summary>2 · in · out for each vector: one multiply-add for each weight; the bias is not counted.</summary>
    public override Dim Cost(CostContext context) => 2 * context.Attributes.Size("in") * context.Results[0].Count;
}
