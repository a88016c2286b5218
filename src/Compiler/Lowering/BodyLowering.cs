using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Reads one function's body into nodes: loops and conditions run here, tensors become values.</summary>
/// <param name="path">The path of the instance that it runs on; empty for a free function.</param>
/// <param name="head">What the types in its head see.</param>
internal sealed class BodyLowering(Lowerer lowerer, CompileContext context, FunctionSyntax syntax, string path, Scope head, string title)
{
    private readonly FunctionBuilder _builder = new(context, path);
    private readonly TypeReader _types = new(context, lowerer, head);
    private (BoundValue Value, ExpressionSyntax Place)? _returned;

    /// <summary>The function under its title, or null after an error, which has been reported.</summary>
    public Function? Run()
    {
        foreach (var parameter in syntax.Parameters)
            _types.DeclareSizes(parameter.Type);
        var types = syntax.Parameters.Select(p => _types.Read(p.Type)).ToList();
        if (types.Contains(null) || !_types.CanBeSolved([.. syntax.Parameters.Zip(types, (p, t) => (p.Type, t!))]))
            return null;
        var scope = head.Copy();
        foreach (var (parameter, type) in syntax.Parameters.Zip(types))
            scope.Define(parameter.Name.Text, new TensorValue(_builder.Input(parameter.Name.Text, type!)));
        Execute(new Evaluator(context, lowerer, _builder), syntax.Body, scope);
        if (_returned is not var (value, place))
        {
            if (!context.IsExhausted)
                context.Report(ShapeErrors.NoReturn(title, syntax.Name.Span));
            return null;
        }
        if (value.IsError)
            return null;
        var results = value is TupleValue tuple ? tuple.Elements : [value];
        var places = place is TupleSyntax { Elements: var parts } && parts.Length == results.Length ? [.. parts.Select(p => p.Span)] : Enumerable.Repeat(place.Span, results.Length).ToImmutableArray();
        for (var i = 0; i < results.Length; i++)
            if (results[i] is not TensorValue)
                context.Report(ShapeErrors.ResultNotATensor(title, results[i].Describe, places[i]));
        return results.All(r => r is TensorValue) && CheckResults([.. results.Cast<TensorValue>().Select(t => t.Value)], places, place.Span) is { } values ? _builder.Build(title, values) : null;
    }

    /// <summary>Runs statements until one returns. After an error that hides what follows, the function returns an error.</summary>
    private void Execute(Evaluator evaluator, ImmutableArray<StatementSyntax> statements, Scope scope)
    {
        foreach (var statement in statements)
        {
            if (_returned is not null)
                return;
            if (!context.Spend(statement.Span))
                Abandon(statement.Span);
            switch (statement)
            {
                case AssignSyntax assign:
                    Assign(assign, evaluator.Evaluate(assign.Value, scope), scope);
                    break;
                case ReturnSyntax @return:
                    _returned = (evaluator.Evaluate(@return.Value, scope), @return.Value);
                    break;
                case IfSyntax @if:
                    if (evaluator.Condition(@if.Condition, scope) is { } condition)
                        Execute(evaluator, condition ? @if.Then : @if.Else, scope);
                    else
                        Abandon(@if.Condition.Span);
                    break;
                case ForSyntax @for:
                    if (evaluator.Elements(@for.Sequence, scope) is { } elements)
                        Loop(evaluator, @for, elements, scope);
                    else
                        Abandon(@for.Sequence.Span);
                    break;
            }
        }
    }

    private void Abandon(Span span) => _returned = (ErrorValue.Instance, new MissingSyntax(span));

    private void Loop(Evaluator evaluator, ForSyntax loop, ImmutableArray<BoundValue> elements, Scope scope)
    {
        for (var i = 0; i < elements.Length && _returned is null; i++)
        {
            var inner = scope.Child();
            if (loop.Targets.Length == 2)
                inner.Define(loop.Targets[0].Text, new ConstantValue(i));
            if (loop.Targets.Length > 0)
                inner.Define(loop.Targets[^1].Text, elements[i]);
            Execute(evaluator, loop.Body, inner);
        }
    }

    private void Assign(AssignSyntax assign, BoundValue value, Scope scope)
    {
        if (assign.Targets.Length == 1)
        {
            scope.Assign(assign.Targets[0].Text, value);
            return;
        }
        var parts = value is TupleValue { Elements: var elements } && elements.Length == assign.Targets.Length ? elements : default;
        if (parts.IsDefault && value is not ErrorValue)
            context.Report(ShapeErrors.TupleArity(assign.Targets.Length, value.Describe, assign.Span));
        for (var i = 0; i < assign.Targets.Length; i++)
            scope.Assign(assign.Targets[i].Text, parts.IsDefault ? ErrorValue.Instance : parts[i]);
    }

    /// <summary>The results where they have their declared types; else null.</summary>
    private ImmutableArray<Value>? CheckResults(ImmutableArray<Value> results, ImmutableArray<Span> places, Span all)
    {
        if (syntax.Results.IsEmpty)
            return results;
        if (syntax.Results.Length != results.Length)
        {
            context.Report(ShapeErrors.ResultCount(title, syntax.Results.Length, results.Length, all, syntax.Results[0].Span.Through(syntax.Results[^1].Span)));
            return null;
        }
        foreach (var declared in syntax.Results)
            _types.DeclareSizes(declared, isResult: true);
        var good = true;
        for (var i = 0; i < results.Length; i++)
        {
            if (_types.Read(syntax.Results[i]) is not { } expected)
                return null;
            if (_types.Fits(expected, results[i].Type))
                continue;
            good = false;
            context.Report(ShapeErrors.ResultMismatch(title, expected.ToString(), results[i].Type.ToString(), places[i], syntax.Results[i].Span));
        }
        return good ? results : null;
    }
}
