using System.Collections.Immutable;
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
    private const int LoopLimit = 100_000;

    public CompileContext Context => context;

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
                RangeSyntax e => new RangeValue(Bound(e.From, scope), Bound(e.To, scope)),
                ConditionalSyntax e => Condition(e.Condition, scope) switch { true => Evaluate(e.Then, scope), false => Evaluate(e.Else, scope), _ => ErrorValue.Instance },
                UnarySyntax e => Unary(e, Evaluate(e.Operand, scope)),
                BinarySyntax e => Binary(e, scope),
                PipeSyntax e => Pipe(e, scope),
                MemberAccessSyntax e => Read(Member(Evaluate(e.Target, scope), e.Name, e.Target.Span), e.Span),
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
                context.Report(HyperparameterErrors.NotCompileTime("bool", other.Describe, expression.Span));
                return null;
        }
    }

    /// <summary>The elements that a loop or comprehension runs over; empty after an error, which has been reported.</summary>
    public ImmutableArray<BoundValue> Elements(ExpressionSyntax sequence, Scope scope)
    {
        switch (Evaluate(sequence, scope))
        {
            case ListValue list:
                return list.Elements;
            case RangeValue { From.Value: { } from, To.Value: { } to }:
                if (to - from <= LoopLimit)
                    return [.. Enumerable.Range(0, (int)Math.Max(0, to - from)).Select(i => (BoundValue)new ConstantValue(from + i))];
                context.Report(HyperparameterErrors.TooMuchWork("this loop", LoopLimit, sequence.Span));
                return [];
            case ErrorValue:
                return [];
            case var other:
                context.Report(HyperparameterErrors.NotCompileTime("list or range", other.Describe, sequence.Span));
                return [];
        }
    }

    private BoundValue FindName(NameSyntax name, Scope scope)
    {
        if (scope.FindLocal(name.Text) is { } local)
            return local;
        if (scope.Owner is { } owner && owner.Functions.ContainsKey(name.Text))
            return new MethodValue(owner, name.Text);
        if (scope.Module.Find(name.Text) is { } declaration)
            return new DeclarationValue(declaration);
        if (OpRegistry.Find(name.Text) is not null || Builtins.Names.Contains(name.Text))
            return new BuiltinValue(name.Text);
        if (scope.IsOpen)
            return ConstantValue.None;
        context.Report(NameErrors.UnknownName(name.Text, name.Span,
            [.. scope.LocalNames(), .. scope.Module.VisibleNames, .. OpRegistry.All.Keys.Order(StringComparer.Ordinal), .. Builtins.Names]));
        return ErrorValue.Instance;
    }

    private BoundValue List(ImmutableArray<ExpressionSyntax> elements, Scope scope) =>
        new ListValue([.. elements.SelectMany(e => e is RangeSyntax ? Elements(e, scope) : [Evaluate(e, scope)])]);

    private BoundValue Comprehension(ComprehensionSyntax e, Scope scope)
    {
        var elements = ImmutableArray.CreateBuilder<BoundValue>();
        foreach (var element in Elements(e.Sequence, scope))
        {
            var inner = scope.Child();
            inner.Define(e.Variable.Text, element);
            if (e.Condition is null || Condition(e.Condition, inner) is true)
                elements.Add(Evaluate(e.Element, inner));
        }
        return new ListValue(elements.ToImmutable());
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
                context.Report(HyperparameterErrors.NotCompileTime("int", other.Describe, expression.Span));
                return null;
        }
    }

    private BoundValue Member(BoundValue target, Name name, Span targetSpan)
    {
        switch (target)
        {
            case InstanceValue { Instance: BlockInstance block }:
                if (block.Names.TryGetValue(name.Text, out var member))
                    return member;
                if (block.Functions.ContainsKey(name.Text))
                    return new MethodValue(block, name.Text);
                context.Report(NameErrors.UnknownMember(block.BlockName, name, [.. block.Names.Keys, .. block.Functions.Keys], block.Declared));
                return ErrorValue.Instance;
            case InstanceValue { Instance: OpInstance op }:
                if (op.Op.Functions.Contains(name.Text))
                    return new MethodValue(op, name.Text);
                if (op.Attributes.Find(name.Text) is { } attribute)
                    return FromConstant(attribute);
                context.Report(NameErrors.UnknownMember(op.BlockName, name, [.. op.Op.Functions, .. op.Attributes.Entries.Select(a => a.Key)], op.Declared));
                return ErrorValue.Instance;
            case BlockTemplate template when template.Hyperparameters.Any(h => h.Key == name.Text):
                return template.Hyperparameters.First(h => h.Key == name.Text).Value;
            case BlockTemplate template:
                context.Report(NameErrors.UnknownMember(template.Name, name, template.Hyperparameters.Select(h => h.Key), template.Block.Name.Span));
                return ErrorValue.Instance;
            case RecordValue record:
                return record.Fields.GetValueOrDefault(name.Text, ConstantValue.None);
            case ConstantValue { Constant: NoneConstant }:
                return ConstantValue.None;
            case ErrorValue:
                return target;
            default:
                context.Report(NameErrors.UnknownMember(target.Describe, name, [], null));
                return ErrorValue.Instance;
        }
    }

    private BoundValue Pipe(PipeSyntax pipe, Scope scope)
    {
        var left = Evaluate(pipe.Left, scope);
        if (pipe.Right is CallSyntax call)
            return Call(call, scope, (left, pipe.Left.Span));
        var callee = Evaluate(pipe.Right, scope);
        return Invoke(callee, [new Operand(null, left, pipe.Left.Span)], pipe.Right.Span, pipe.Span, scope);
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
