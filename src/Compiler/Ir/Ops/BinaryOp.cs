using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>
/// Elementwise arithmetic on two tensors whose shapes broadcast, or on one tensor and a number (<c>number</c>), which stands on the left
/// when <c>reversed</c>.
/// </summary>
public abstract class BinaryOp : Op
{
    protected abstract string Sign { get; }

    /// <summary>Whether whole numbers stay whole, so that it is defined on ids.</summary>
    protected virtual bool TakesIds => true;

    public override string Summary => $"x {Sign} y, elementwise; sizes 1 and missing leading axes stretch";

    public override ImmutableArray<OpAttribute> Attributes => [new("number", "float?", new NoneConstant()), new("reversed", "bool", false)];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x"), new("y", IsOptional: true)];

    public override ImmutableArray<string> Constraints =>
    [
        "there are two operands, or one and `number`",
        TakesIds ? "the operands are all floating-point or all ids" : "the operands are floating-point",
        "counted from the last axis, sizes are equal or one of them is 1",
        "`number` is known at compile time, and whole beside ids",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var x = context[0];
        ExpectKind(context, 0, "x");
        if (context.Has(1) == context.Attributes.Has("number"))
            context.Violate(1, null, context.Has(1) ? "found two operands and `number`, expected one of the two forms" : "found one operand, expected `y` or `number`");
        if (context.Has(1))
            return [new TensorType(ExpectKind(context, 1, "y") ? context[1].Kind : x.Kind, context.ExpectBroadcast(3))];
        ExpectNumber(context, x.Kind);
        return [x.Kind == ElementKind.Bool ? x with { Kind = ElementKind.Float } : x];
    }

    public override Dim Cost(CostContext context) => context.Results[0].Count;

    private bool ExpectKind(InferContext context, int operand, string name)
    {
        var found = context[operand];
        if (found.Kind == ElementKind.Bool || (found.Kind == ElementKind.Int && !TakesIds))
            context.Violate(2, operand, $"`{name}` is {found}, expected {(TakesIds ? "a floating-point tensor or ids" : "a floating-point tensor")}");
        else if (operand == 1 && found.Kind != context[0].Kind && context[0].Kind != ElementKind.Bool)
            context.Violate(2, operand, $"`x` is {context[0]} and `y` is {found}, expected both floating-point{(TakesIds ? " or both ids" : "")}");
        else
            return true;
        return false;
    }

    private static void ExpectNumber(InferContext context, ElementKind kind)
    {
        var number = context.Attributes.Find("number");
        if (number is IntConstant { Size: { Value: null } size })
            context.Violate(4, null, $"`number` is the size {size}, which only the input decides; expected a compile-time number");
        else if (kind == ElementKind.Int && number is FloatConstant { Value: var value } && value != Math.Floor(value))
            context.Violate(4, null, $"`number` is {number} beside {context[0]}, expected a whole number");
    }
}
