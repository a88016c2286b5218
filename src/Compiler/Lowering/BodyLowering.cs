using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Reads one function's body into nodes: loops and conditions run here, tensors become values.</summary>
internal sealed class BodyLowering(Lowerer lowerer, CompileContext context, FunctionSyntax syntax, string path, Scope scope, string title)
{
    private readonly FunctionBuilder _builder = new(context, path);
    private readonly TypeReader _types = new(context, lowerer, scope);
    private BoundValue? _returned;

    public Function? Run()
    {
        var evaluator = new Evaluator(context, lowerer, _builder);
        foreach (var parameter in syntax.Parameters)
            _types.DeclareSizes(parameter.Type);
        foreach (var parameter in syntax.Parameters)
        {
            if (_types.Read(parameter.Type) is not { } type)
                return null;
            scope.Define(parameter.Name.Text, new TensorValue(_builder.Input(parameter.Name.Text, type)));
        }
        Execute(evaluator, syntax.Body, scope);
        if (_returned is null)
        {
            context.Report(ShapeErrors.NoReturn(title, syntax.Name.Span));
            return null;
        }
        var results = _returned switch
        {
            TensorValue t => [t.Value],
            TupleValue { Elements: var e } when e.All(x => x is TensorValue) => [.. e.Select(x => ((TensorValue)x).Value)],
            _ => ImmutableArray<Value>.Empty,
        };
        if (results.IsEmpty)
        {
            if (_returned is not ErrorValue)
                context.Report(ShapeErrors.NotATensor(title, "result", _returned.Describe, syntax.Name.Span));
            return null;
        }
        return CheckResults(results) ? _builder.Build(title, results) : null;
    }

    private void Execute(Evaluator evaluator, ImmutableArray<StatementSyntax> statements, Scope scope)
    {
        foreach (var statement in statements)
        {
            if (!context.Spend(statement.Span))
                return;
            if (_returned is not null)
            {
                if (scope == this.Outermost)
                    context.Report(ShapeErrors.UnreachableCode(statement.Span));
                return;
            }
            switch (statement)
            {
                case AssignSyntax assign:
                    Assign(assign, evaluator.Evaluate(assign.Value, scope), scope);
                    break;
                case ReturnSyntax @return:
                    _returned = evaluator.Evaluate(@return.Value, scope);
                    break;
                case IfSyntax @if:
                    if (evaluator.Condition(@if.Condition, scope) is { } condition)
                        Execute(evaluator, condition ? @if.Then : @if.Else, scope);
                    break;
                case ForSyntax @for:
                    Loop(evaluator, @for, scope);
                    break;
            }
        }
    }

    private Scope Outermost => scope;

    private void Loop(Evaluator evaluator, ForSyntax loop, Scope scope)
    {
        var index = 0;
        foreach (var element in evaluator.Elements(loop.Sequence, scope))
        {
            if (_returned is not null)
                return;
            var inner = scope.Child();
            if (loop.Targets.Length == 2)
                inner.Define(loop.Targets[0].Text, new ConstantValue(index));
            inner.Define(loop.Targets[^1].Text, element);
            Execute(evaluator, loop.Body, inner);
            index++;
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

    private bool CheckResults(ImmutableArray<Value> results)
    {
        if (syntax.Results.IsEmpty)
            return true;
        var where = syntax.Body.OfType<ReturnSyntax>().LastOrDefault()?.Value.Span ?? syntax.Name.Span;
        if (syntax.Results.Length != results.Length)
        {
            context.Report(ShapeErrors.TupleArity(syntax.Results.Length, $"a tuple of {results.Length}", where));
            return false;
        }
        var good = true;
        foreach (var declared in syntax.Results)
            _types.DeclareSizes(declared);
        for (var i = 0; i < results.Length; i++)
        {
            if (_types.Read(syntax.Results[i]) is not { } expected)
                return false;
            if (_types.Fits(expected, results[i].Type))
                continue;
            good = false;
            context.Report(ShapeErrors.ResultMismatch(title, expected.ToString(), results[i].Type.ToString(), where, syntax.Results[i].Span));
        }
        return good;
    }
}
