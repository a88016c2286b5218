using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Reads the tensor types in a function's head; names that stand for nothing else are its symbolic sizes.</summary>
internal sealed class TypeReader(CompileContext context, Lowerer lowerer, Scope scope)
{
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dim> _solved = new(StringComparer.Ordinal);

    /// <summary>Makes the unknown names of a type symbolic sizes; those of parameters are rigid, those first seen in a result are solved.</summary>
    public void DeclareSizes(TensorTypeSyntax type)
    {
        foreach (var name in type.Sizes.SelectMany(NamesIn))
            if (scope.FindLocal(name.Text) is null)
            {
                _declared.Add(name.Text);
                scope.Define(name.Text, new ConstantValue(Dim.Symbol(name.Text)));
            }
    }

    public TensorType? Read(TensorTypeSyntax type)
    {
        var evaluator = new Evaluator(context, lowerer);
        var shape = ImmutableArray.CreateBuilder<Dim>();
        foreach (var size in type.Sizes)
        {
            switch (evaluator.Evaluate(size, scope))
            {
                case ConstantValue { Constant: IntConstant i }:
                    shape.Add(i.Size);
                    break;
                case ErrorValue:
                    return null;
                case var other:
                    context.Report(HyperparameterErrors.NotCompileTime("size", other.Describe, size.Span));
                    return null;
            }
        }
        var kind = type.Kind switch { "ids" => ElementKind.Int, "mask" => ElementKind.Bool, _ => ElementKind.Float };
        return new TensorType(kind, shape.ToImmutable());
    }

    /// <summary>Whether a result has its declared type; a size that appears only in results may be anything, but one thing.</summary>
    public bool Fits(TensorType declared, TensorType actual)
    {
        if (declared.Kind != actual.Kind || declared.Rank != actual.Rank)
            return false;
        for (var i = 0; i < declared.Rank; i++)
        {
            var expected = declared.Shape[i].Substitute(_solved);
            if (expected == actual.Shape[i])
                continue;
            if (expected.Symbols.ToList() is not [var symbol] || Dim.Symbol(symbol) != expected || _solved.ContainsKey(symbol) || !_declared.Contains(symbol) || actual.Shape[i].Symbols.Contains(symbol))
                return false;
            _solved[symbol] = actual.Shape[i];
        }
        return true;
    }

    private static IEnumerable<NameSyntax> NamesIn(ExpressionSyntax expression) => expression switch
    {
        NameSyntax n => [n],
        BinarySyntax b => NamesIn(b.Left).Concat(NamesIn(b.Right)),
        UnarySyntax u => NamesIn(u.Operand),
        _ => [],
    };
}
