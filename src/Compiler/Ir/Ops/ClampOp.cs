using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Elements moved to the nearer of two bounds where they lie outside.</summary>
public sealed class ClampOp : Op
{
    public override string Name => "clamp";

    public override string Summary => "min(max(x, `min`), `max`), elementwise; a bound that is left out does not bound";

    public override ImmutableArray<OpAttribute> Attributes => [new("min", "float?", new NoneConstant()), new("max", "float?", new NoneConstant())];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints =>
    [
        "`x` is floating-point or ids",
        "`min` or `max` is given, and `min` is not greater than `max`",
        "the bounds are known at compile time, and whole beside ids",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var (x, a) = (context[0], context.Attributes);
        if (x.Kind == ElementKind.Bool)
            context.Violate(1, 0, $"`x` is {x}, expected a floating-point tensor or ids");
        if (!a.Has("min") && !a.Has("max"))
            context.Violate(2, null, "found neither `min` nor `max`, expected at least one");
        var known = new[] { "min", "max" }.Count(name => a.Has(name) && ExpectBound(context, name));
        if (known == 2 && a.Float("min") > a.Float("max"))
            context.Violate(2, null, $"`min` is {a["min"]}, expected no more than `max`, {a["max"]}");
        return [x.Kind == ElementKind.Bool ? x with { Kind = ElementKind.Float } : x];
    }

    public override Dim Cost(CostContext context) => context[0].Count;

    private static bool ExpectBound(InferContext context, string name)
    {
        var bound = context.Attributes[name];
        if (bound is IntConstant { Size.Value: null })
            context.Violate(3, null, $"`{name}` is the size {bound}, which only the input decides; expected a compile-time number");
        else if (context[0].Kind == ElementKind.Int && bound is FloatConstant { Value: var value } && value != Math.Floor(value))
            context.Violate(3, null, $"`{name}` is {bound} beside {context[0]}, expected a whole number");
        else
            return true;
        return false;
    }
}
