using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

internal sealed partial class Evaluator
{
    private BoundValue Integers(BinarySyntax e, Dim a, Dim b)
    {
        switch (e.Operator)
        {
            case "+": return Size(a + b, e.Span);
            case "-": return Size(a - b, e.Span);
            case "*": return context.Spend(e.Span, (long)a.Extent.Formula.Terms * b.Extent.Formula.Terms) ? Size(a * b, e.Span) : ErrorValue.Instance;
            case "/" when b.Value == 0:
            case "%" when b.Value == 0:
                context.Report(HyperparameterErrors.DivisionByZero(e.Span));
                return ErrorValue.Instance;
            case "/":
                if (Dim.TryDivide(a, b, out var quotient))
                    return new ConstantValue(quotient);
                context.Report(HyperparameterErrors.InexactDivision(a.ToString(), b.ToString(), a.Value % b.Value, e.Span));
                return ErrorValue.Instance;
            case "==" or "!=":
                context.Report(NotKnown("number", new ConstantValue(a.Value is null ? a : b), e.Span));
                return ErrorValue.Instance;
            case "^" when b.Value is { } exponent:
                return Power(e, a, exponent);
        }
        if (a.Value is not { } p || b.Value is not { } q)
        {
            context.Report(NotKnown("number", new ConstantValue(a.Value is null ? a : b), e.Span));
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

    /// <summary>A computed size. Its formula is dropped where it is too long to be read; a size that depends on the input cannot do without, and is refused.</summary>
    private BoundValue Size(Dim size, Span span)
    {
        const int mostTerms = 64;
        var (number, formula) = size.Extent;
        if (number.Terms > mostTerms || number.Degree > mostTerms)
        {
            context.Report(HyperparameterErrors.TooMuchWork("the formula of this size", $"{mostTerms} terms", span));
            return ErrorValue.Instance;
        }
        return new ConstantValue(formula.Terms > mostTerms || formula.Degree > mostTerms ? size.Plain : size);
    }

    /// <summary>A power of integers; a negative exponent gives a float.</summary>
    private BoundValue Power(BinarySyntax e, Dim a, long exponent)
    {
        if (a.Value is { } number && (exponent < 0 || number is 0 or 1 or -1))
            return exponent < 0 ? new ConstantValue(Math.Pow(number, exponent)) : new ConstantValue(number == 0 && exponent > 0 ? 0 : exponent % 2 == 0 ? 1 : number);
        if (exponent is >= 0 and < 64)
        {
            BoundValue power = new ConstantValue(Dim.One);
            for (var i = 0; i < exponent && power is ConstantValue { Constant: IntConstant p }; i++)
                power = Size(p.Size * a, e.Span);
            return power;
        }
        context.Report(HyperparameterErrors.Overflow(e.Span));
        return ErrorValue.Instance;
    }
}
