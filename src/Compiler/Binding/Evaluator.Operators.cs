using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

internal sealed partial class Evaluator
{
    private BoundValue Unary(UnarySyntax e, BoundValue operand)
    {
        switch (e.Operator, operand)
        {
            case (_, ErrorValue):
                return operand;
            case ("-", ConstantValue { Constant: IntConstant i }):
                return new ConstantValue(i.Size * -1);
            case ("-", ConstantValue { Constant: FloatConstant f }):
                return new ConstantValue(-f.Value);
            case ("not", ConstantValue { Constant: BoolConstant b }):
                return new ConstantValue(!b.Value);
            case ("-", TensorValue t):
                return Arithmetic("mul", t, new ConstantValue(-1.0), e.Span, e.Operand.Span, e.Operand.Span);
            default:
                context.Report(HyperparameterErrors.BadOperand(e.Operator, operand.Describe, e.Span));
                return ErrorValue.Instance;
        }
    }

    private BoundValue Binary(BinarySyntax e, Scope scope)
    {
        if (e.Operator is "and" or "or")
            return Condition(e.Left, scope) is not { } left ? ErrorValue.Instance
                : left == (e.Operator == "or") ? new ConstantValue(left)
                : Condition(e.Right, scope) is { } right ? new ConstantValue(right) : ErrorValue.Instance;
        var a = Evaluate(e.Left, scope);
        if (e.Operator == "??")
            return a is ConstantValue { Constant: NoneConstant } ? Evaluate(e.Right, scope) : a;
        var b = Evaluate(e.Right, scope);
        (a, b) = (Input(a, e.Left.Span), Input(b, e.Right.Span));
        if (a.IsError || b.IsError)
            return ErrorValue.Instance;
        if (a is TensorValue || b is TensorValue)
            return TensorOperator(e, a, b);
        return Compute(e, a, b);
    }

    private BoundValue TensorOperator(BinarySyntax e, BoundValue a, BoundValue b)
    {
        var op = e.Operator switch { "+" => "add", "-" => "sub", "*" => "mul", "/" => "div", _ => null };
        if (op is not null && IsTensorOrNumber(a) && IsTensorOrNumber(b))
            return Arithmetic(op, a, b, e.Span, e.Left.Span, e.Right.Span);
        context.Report(HyperparameterErrors.BadOperands(e.Operator, a.Describe, b.Describe, e.OperatorSpan));
        return ErrorValue.Instance;
    }

    private static bool IsTensorOrNumber(BoundValue value) => value is TensorValue or ConstantValue { Constant: IntConstant or FloatConstant };

    /// <summary>Emits <c>a op b</c> where at least one side is a tensor and the other may be a number.</summary>
    private BoundValue Arithmetic(string op, BoundValue a, BoundValue b, Span span, Span left, Span right)
    {
        var operands = new List<Operand>();
        if (a is TensorValue)
            operands.Add(new Operand(null, a, left));
        if (b is TensorValue)
            operands.Add(new Operand(null, b, right));
        if (operands.Count == 1)
        {
            var number = a is TensorValue ? b : a;
            if (number is ConstantValue { Constant: IntConstant { Size.Value: null } })
            {
                context.Report(NotKnown("number", number, a is TensorValue ? right : left));
                return ErrorValue.Instance;
            }
            operands.Add(Operand.Named("number", number, a is TensorValue ? right : left));
            operands.Add(Operand.Named("reversed", new ConstantValue(b is TensorValue), span));
        }
        return ApplyFunctionOp(OpRegistry.All[op], operands, span);
    }

    private BoundValue Compute(BinarySyntax e, BoundValue a, BoundValue b)
    {
        if (e.Operator is "==" or "!=" && Same(a, b) is { } same)
            return new ConstantValue(same == (e.Operator == "=="));
        switch (a, b)
        {
            case (ConstantValue { Constant: IntConstant x }, ConstantValue { Constant: IntConstant y }):
                return Integers(e, x.Size, y.Size);
            case (ConstantValue x, ConstantValue y) when Number(x) is { } p && Number(y) is { } q:
                return e.Operator switch
                {
                    "+" => new ConstantValue(p + q),
                    "-" => new ConstantValue(p - q),
                    "*" => new ConstantValue(p * q),
                    "/" => new ConstantValue(p / q),
                    "^" => new ConstantValue(Math.Pow(p, q)),
                    "<" => new ConstantValue(p < q),
                    "<=" => new ConstantValue(p <= q),
                    ">" => new ConstantValue(p > q),
                    ">=" => new ConstantValue(p >= q),
                    _ => Mismatch(e, a, b),
                };
            case (ConstantValue { Constant: StringConstant s }, ConstantValue { Constant: StringConstant t }) when e.Operator == "+":
                return context.Spend(e.Span, s.Value.Length) ? new ConstantValue(s.Value + t.Value) : ErrorValue.Instance;
            case (ListValue s, ListValue t) when e.Operator == "+":
                return context.Spend(e.Span, s.Elements.Length) ? new ListValue([.. s.Elements, .. t.Elements]) : ErrorValue.Instance;
            default:
                return Mismatch(e, a, b);
        }
    }

    private BoundValue Mismatch(BinarySyntax e, BoundValue a, BoundValue b)
    {
        context.Report(HyperparameterErrors.BadOperands(e.Operator, a.Describe, b.Describe, e.OperatorSpan));
        return ErrorValue.Instance;
    }

    private static double? Number(ConstantValue value) => value.Constant switch
    {
        IntConstant { Size.Value: { } i } => i,
        FloatConstant f => f.Value,
        _ => null,
    };

    /// <summary>Whether two values are equal; null where that cannot be asked, or not before the program runs.</summary>
    private static bool? Same(BoundValue a, BoundValue b) => (a, b) switch
    {
        (ConstantValue { Constant: NoneConstant }, _) or (_, ConstantValue { Constant: NoneConstant }) => a.Equals(b),
        (ConstantValue { Constant: IntConstant i }, ConstantValue { Constant: IntConstant j }) => (i.Size - j.Size).Value is { } difference ? difference == 0 : null,
        (ConstantValue x, ConstantValue y) when Number(x) is { } p && Number(y) is { } q => p == q,
        (ConstantValue { Constant: ActivationConstant or StringConstant } x, ConstantValue { Constant: ActivationConstant or StringConstant } y) =>
            x.Equals(y) || x.Constant.GetType() != y.Constant.GetType() && Activation(x.Constant) is { } f && f == Activation(y.Constant),
        (ConstantValue { Constant: ActivationConstant f }, BuiltinValue g) => f == Activations.Find(g.Name),
        (BuiltinValue g, ConstantValue { Constant: ActivationConstant f }) => f == Activations.Find(g.Name),
        _ => ToConstant(a) is { } c && ToConstant(b) is { } d ? c.Equals(d) : null,
    };

    private static ActivationConstant? Activation(Constant constant) => constant as ActivationConstant ?? (constant is StringConstant s ? Activations.Find(s.Value) : null);
}
