using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Reads the tensor types in a function's head; names that stand for nothing else are its symbolic sizes.</summary>
/// <param name="scope">What the sizes see; the symbolic ones are added to it.</param>
internal sealed class TypeReader(CompileContext context, Lowerer lowerer, Scope scope)
{
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dim> _solved = new(StringComparer.Ordinal);
    private readonly Evaluator _evaluator = new(context, lowerer);

    /// <summary>
    /// Makes the unknown names of a type symbolic sizes; those of parameters are rigid, those first seen in a result are solved. A name that only a result has and
    /// that is nearly another one is probably a misspelt one.
    /// </summary>
    public void DeclareSizes(TensorTypeSyntax type, bool isResult = false)
    {
        foreach (var name in type.Sizes.SelectMany(NamesIn))
            if (scope.FindLocal(name.Text) is null && name.Text.Length > 0)
            {
                if (isResult && scope.LocalNames().FirstOrDefault(n => IsMisspelt(name.Text, n)) is { } near)
                    context.Report(ShapeErrors.SizeOnlyInResult(name.Text, near, name.Span));
                _declared.Add(name.Text);
                scope.Define(name.Text, new ConstantValue(Dim.Symbol(name.Text)));
            }
    }

    /// <summary>The type, or null after an error, which has been reported.</summary>
    public TensorType? Read(TensorTypeSyntax type)
    {
        var shape = ImmutableArray.CreateBuilder<Dim>();
        foreach (var size in type.Sizes)
        {
            switch (_evaluator.Evaluate(size, scope))
            {
                case ConstantValue { Constant: IntConstant i } when i.Size.Value is not < 0:
                    shape.Add(i.Size);
                    break;
                case ConstantValue { Constant: IntConstant i }:
                    context.Report(HyperparameterErrors.NegativeSize(i.Size.ToString(), size.Span));
                    return null;
                case ErrorValue:
                    return null;
                case var other:
                    context.Report(Evaluator.NotKnown("size", other, size.Span));
                    return null;
            }
        }
        var kind = type.Kind switch { "ids" => ElementKind.Int, "mask" => ElementKind.Bool, _ => ElementKind.Float };
        return new TensorType(kind, shape.ToImmutable());
    }

    /// <summary>Whether every symbolic size can be found at a call: some size must hold it without another unknown one. Reports the first that cannot.</summary>
    public bool CanBeSolved(ImmutableArray<(TensorTypeSyntax Syntax, TensorType Type)> parameters)
    {
        var open = parameters.SelectMany(p => p.Type.Shape.Zip(p.Syntax.Sizes, (size, syntax) => (Size: size, Symbols: size.Symbols.ToHashSet(), syntax))).ToList();
        while (open.FirstOrDefault(o => o.Symbols.Count == 1 && IsLinear(o.Size, o.Symbols.Single())) is { Symbols: { } known })
        {
            var symbol = known.Single();
            foreach (var (_, symbols, _) in open)
                symbols.Remove(symbol);
        }
        if (open.FirstOrDefault(o => o.Symbols.Count > 0) is not { Symbols: { } unknown, syntax: { } size })
            return true;
        context.Report(ShapeErrors.UnboundSize(unknown.Order(StringComparer.Ordinal).First(), size.Span));
        return false;
    }

    private static bool IsLinear(Dim size, string symbol)
    {
        Dim At(long value) => size.Substitute(new Dictionary<string, Dim> { [symbol] = value });
        return At(2) - At(1) == At(1) - At(0);
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
            if (expected.AsSymbol is not { } symbol || _solved.ContainsKey(symbol) || !_declared.Contains(symbol) || actual.Shape[i].Symbols.Contains(symbol))
                return false;
            _solved[symbol] = actual.Shape[i];
        }
        return true;
    }

    /// <summary>One letter apart and not just longer: <c>patches</c> beside <c>patch</c> is meant.</summary>
    private static bool IsMisspelt(string name, string other) =>
        Math.Min(name.Length, other.Length) > 2 && NearName.Distance(name, other) == 1
            && !name.StartsWith(other, StringComparison.Ordinal) && !other.StartsWith(name, StringComparison.Ordinal);

    private static IEnumerable<NameSyntax> NamesIn(ExpressionSyntax expression) => expression switch
    {
        NameSyntax n => [n],
        BinarySyntax b => NamesIn(b.Left).Concat(NamesIn(b.Right)),
        UnarySyntax u => NamesIn(u.Operand),
        _ => [],
    };
}
