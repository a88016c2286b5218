using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>A value that is already known, where an expression is asked for.</summary>
internal sealed record ValueSyntax(BoundValue Value, Span Span) : ExpressionSyntax(Span);

/// <summary>
/// Evaluates expressions: at compile time to constants, templates and instances; inside a function (with a <paramref name="body"/>) also to tensors, by
/// emitting nodes.
/// </summary>
internal sealed partial class Evaluator(CompileContext context, Lowerer lowerer, FunctionBuilder? body = null)
{
    private const int LoopLimit = 10_000;

    public CompileContext Context => context;

    /// <summary>Turns what stands for an input of an entry (an encoder, a text, a value of the batch) into its tensor; null inside ordinary functions.</summary>
    public Func<BoundValue, Span, BoundValue>? Inputs { get; init; }

    /// <summary>Calls a term of the batch.</summary>
    public Func<TermValue, IReadOnlyList<Operand>, Span, BoundValue>? Terms { get; init; }

    /// <summary>Whether values have a leading axis of samples that functions do not see: they are applied to each.</summary>
    public bool IsOverBatch { get; init; }

    private BoundValue Input(BoundValue value, Span span) => Inputs?.Invoke(value, span) ?? value;

    public BoundValue Evaluate(ExpressionSyntax expression, Scope scope)
    {
        if (!context.Spend(expression.Span))
            return ErrorValue.Instance;
        try
        {
            return expression switch
            {
                IntSyntax e => new ConstantValue(e.Value),
                FloatSyntax e => new ConstantValue(e.Value),
                BoolSyntax e => new ConstantValue(e.Value),
                StringSyntax e => new ConstantValue(e.Value),
                NoneSyntax => ConstantValue.None,
                ValueSyntax e => e.Value,
                NameSyntax e => Read(FindName(e, scope), e.Span),
                ListSyntax e => List(e.Elements, scope),
                TupleSyntax e => new TupleValue([.. e.Elements.Select(x => Evaluate(x, scope))]),
                ComprehensionSyntax e => Comprehension(e, scope),
                RangeSyntax e => Range(e, scope),
                ConditionalSyntax e => Condition(e.Condition, scope) switch { true => Evaluate(e.Then, scope), false => Evaluate(e.Else, scope), _ => ErrorValue.Instance },
                UnarySyntax e => Unary(e, Evaluate(e.Operand, scope)),
                BinarySyntax e => Binary(e, scope),
                PipeSyntax e => Pipe(e, scope),
                MemberAccessSyntax e => Read(Member(Evaluate(e.Target, scope), e.Name, scope), e.Span),
                IndexSyntax e => Read(Index(e, scope), e.Span),
                CallSyntax e => Call(e, scope, null),
                _ => ErrorValue.Instance,
            };
        }
        catch (OverflowException)
        {
            context.Report(HyperparameterErrors.Overflow(expression.Span));
            return ErrorValue.Instance;
        }
    }

    /// <summary>Inside a function an instance that takes no tensors (a <c>parameter</c>) stands for its tensor.</summary>
    private BoundValue Read(BoundValue value, Span span) =>
        body is not null && value is InstanceValue { Instance: OpInstance op } && op.Op.Operands("forward").IsEmpty ? ApplyInstanceOp(op, "forward", [], span, span) : value;

    /// <summary>The finding that a value is not what is needed, or not known in time.</summary>
    public static Diagnostic NotKnown(string expected, BoundValue found, Span span) =>
        HyperparameterErrors.NotCompileTime(expected, found.Describe, IsLate(found), span);

    /// <summary>Whether a value is known only when the model runs.</summary>
    private static bool IsLate(BoundValue value) => value is TensorValue or ConstantValue { Constant: IntConstant { Size.Value: null } }
        || value is RangeValue range && ((range.From ?? 0).Value is null || (range.To ?? 0).Value is null);

    /// <summary>A compile-time condition; null when it could not be decided, which has been reported.</summary>
    public bool? Condition(ExpressionSyntax expression, Scope scope)
    {
        switch (Evaluate(expression, scope))
        {
            case ConstantValue { Constant: BoolConstant b }:
                return b.Value;
            case ErrorValue:
                return null;
            case var other:
                context.Report(NotKnown("bool", other, expression.Span));
                return null;
        }
    }

    /// <summary>The elements that a loop or comprehension runs over; null after an error, which has been reported.</summary>
    public ImmutableArray<BoundValue>? Elements(ExpressionSyntax sequence, Scope scope)
    {
        switch (Evaluate(sequence, scope))
        {
            case ListValue list:
                return list.Elements;
            case RangeValue { From.Value: { } from, To.Value: { } to }:
                if ((Int128)to - from <= LoopLimit)
                    return [.. Enumerable.Range(0, to <= from ? 0 : (int)(to - from)).Select(i => (BoundValue)new ConstantValue(from + i))];
                context.Report(HyperparameterErrors.TooMuchWork("this loop", $"{LoopLimit} rounds", sequence.Span));
                return null;
            case ErrorValue:
                return null;
            case var other:
                context.Report(NotKnown("list or range", other, sequence.Span));
                return null;
        }
    }

    private BoundValue List(ImmutableArray<ExpressionSyntax> elements, Scope scope)
    {
        var values = ImmutableArray.CreateBuilder<BoundValue>();
        foreach (var element in elements)
            if (element is not RangeSyntax)
                values.Add(Evaluate(element, scope));
            else if (Elements(element, scope) is { } range)
                values.AddRange(range);
            else
                return ErrorValue.Instance;
        return new ListValue(values.ToImmutable());
    }

    private BoundValue Comprehension(ComprehensionSyntax e, Scope scope)
    {
        if (Elements(e.Sequence, scope) is not { } sequence)
            return ErrorValue.Instance;
        var elements = ImmutableArray.CreateBuilder<BoundValue>();
        foreach (var element in sequence)
        {
            if (!context.Spend(e.Span))
                return ErrorValue.Instance;
            var inner = scope.Child();
            inner.Define(e.Variable.Text, element);
            var condition = e.Condition is null ? true : Condition(e.Condition, inner);
            if (condition is null)
                return ErrorValue.Instance;
            if (condition is true)
                elements.Add(Evaluate(e.Element, inner));
        }
        return new ListValue(elements.ToImmutable());
    }

    private BoundValue Range(RangeSyntax e, Scope scope)
    {
        var before = context.Errors;
        var (from, to) = (Bound(e.From, scope), Bound(e.To, scope));
        var isGood = (from is not null || e.From is null) && (to is not null || e.To is null) && context.Errors == before;
        return isGood ? new RangeValue(from, to) : ErrorValue.Instance;
    }

    private Dim? Bound(ExpressionSyntax? expression, Scope scope)
    {
        if (expression is null)
            return null;
        switch (Evaluate(expression, scope))
        {
            case ConstantValue { Constant: IntConstant i }:
                return i.Size;
            case ErrorValue:
                return null;
            case var other:
                context.Report(NotKnown("int", other, expression.Span));
                return null;
        }
    }

    private BoundValue Pipe(PipeSyntax pipe, Scope scope)
    {
        var left = Evaluate(pipe.Left, scope);
        if (pipe.Right is CallSyntax call)
            return Call(call, scope, (left, pipe.Left.Span));
        var callee = Evaluate(pipe.Right, scope);
        return Invoke(callee, [new Operand(null, left, pipe.Left.Span)], pipe.Right.Span, pipe.Span);
    }

    public static BoundValue FromConstant(Constant constant) =>
        constant is ListConstant list ? new ListValue([.. list.Elements.Select(FromConstant)]) : new ConstantValue(constant);

    public static Constant? ToConstant(BoundValue value) => value switch
    {
        ConstantValue c => c.Constant,
        ListValue l when l.Elements.All(e => ToConstant(e) is not null) => new ListConstant([.. l.Elements.Select(e => ToConstant(e)!)]),
        _ => null,
    };
}
