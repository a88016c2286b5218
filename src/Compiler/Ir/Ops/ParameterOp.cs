using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A learned tensor that depends on nothing; the instance's path is the parameter's.</summary>
public sealed class ParameterOp : Op
{
    private static readonly ImmutableArray<string> Distributions = ["normal", "zeros", "ones", "constant"];

    public override string Name => "parameter";

    public override string Summary => "a learned tensor";

    public override bool IsModule => true;

    public override ImmutableArray<OpAttribute> Attributes => [new("shape", "[int]"), new("init", "string", "normal"), new("std", "float", 0.02), new("value", "float", 0.0)];

    public override ImmutableArray<string> Constraints => ["the sizes in `shape` are at least 1", "`init` is \"normal\", \"zeros\", \"ones\" or \"constant\", which takes `value`", "`std` is not negative"];

    public override ImmutableArray<OpOperand> Operands(string function) => [];

    public override ImmutableArray<OpParameter> Parameters(Attributes attributes) => [new("", attributes.Sizes("shape"), attributes.Text("init") switch
    {
        "zeros" => Initializer.Zeros,
        "ones" => Initializer.Ones,
        "constant" => Initializer.Constant(attributes.Float("value")),
        _ => Initializer.Normal(attributes.Float("std")),
    })];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var shape = context.Attributes.Sizes("shape");
        if (shape.Any(s => s.Value is < 1))
            context.Violate(1, null, $"`shape` is [{string.Join(", ", shape)}], expected sizes of at least 1");
        if (!Distributions.Contains(context.Attributes.Text("init")))
            context.Violate(2, null, $"`init` is \"{context.Attributes.Text("init")}\", expected \"normal\", \"zeros\", \"ones\" or \"constant\"");
        context.ExpectNotNegative(3, "std");
        return [TensorType.Float(shape)];
    }
}
