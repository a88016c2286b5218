using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

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
        if (a is ErrorValue || b is ErrorValue)
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
            operands.Add(new Operand("number", number, a is TensorValue ? right : left));
            operands.Add(new Operand("reversed", new ConstantValue(b is TensorValue), span));
        }
        return ApplyFunctionOp(OpRegistry.All[op], operands, span);
    }

    private BoundValue Compute(BinarySyntax e, BoundValue a, BoundValue b)
    {
        if (e.Operator is "==" or "!=" && ToConstant(a) is { } ca && ToConstant(b) is { } cb)
            return new ConstantValue(SameConstant(ca, cb) == (e.Operator == "=="));
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
                return new ConstantValue(s.Value + t.Value);
            case (ListValue s, ListValue t) when e.Operator == "+":
                return new ListValue([.. s.Elements, .. t.Elements]);
            default:
                return Mismatch(e, a, b);
        }
    }

    private BoundValue Mismatch(BinarySyntax e, BoundValue a, BoundValue b)
    {
        context.Report(HyperparameterErrors.BadOperands(e.Operator, a.Describe, b.Describe, e.OperatorSpan));
        return ErrorValue.Instance;
    }

    private BoundValue Integers(BinarySyntax e, Dim a, Dim b)
    {
        switch (e.Operator)
        {
            case "+": return new ConstantValue(a + b);
            case "-": return new ConstantValue(a - b);
            case "*": return new ConstantValue(a * b);
            case "/" when b.Value == 0:
            case "%" when b.Value == 0:
                context.Report(HyperparameterErrors.DivisionByZero(e.Span));
                return ErrorValue.Instance;
            case "/":
                if (Dim.TryDivide(a, b, out var quotient))
                    return new ConstantValue(quotient);
                context.Report(HyperparameterErrors.InexactDivision(a.ToString(), b.ToString(), e.Span));
                return ErrorValue.Instance;
            case "^" when b.Value is >= 0 and <= 64:
                return new ConstantValue(Enumerable.Range(0, (int)b.Value.Value).Aggregate(Dim.One, (p, _) => p * a));
            case "^" when a.Value is { } x && b.Value is { } y:
                return new ConstantValue(Math.Pow(x, y));
        }
        if (a.Value is not { } p || b.Value is not { } q)
        {
            context.Report(HyperparameterErrors.NotCompileTime("number", $"the size {(a.Value is null ? a : b)}", e.Span));
            return ErrorValue.Instance;
        }
        return e.Operator switch
        {
            "%" => new ConstantValue(p % q),
            "<" => new ConstantValue(p < q),
            "<=" => new ConstantValue(p <= q),
            ">" => new ConstantValue(p > q),
            ">=" => new ConstantValue(p >= q),
            _ => Mismatch(e, new ConstantValue(a), new ConstantValue(b)),
        };
    }

    private static double? Number(ConstantValue value) => value.Constant switch
    {
        IntConstant { Size.Value: { } i } => i,
        FloatConstant f => f.Value,
        _ => null,
    };

    private static bool SameConstant(Constant a, Constant b) => (a, b) switch
    {
        (IntConstant i, FloatConstant f) => i.Value == f.Value,
        (FloatConstant f, IntConstant i) => i.Value == f.Value,
        (ActivationConstant x, StringConstant s) => Activations.Find(s.Value) == x,
        (StringConstant s, ActivationConstant x) => Activations.Find(s.Value) == x,
        _ => a.Equals(b),
    };
}
