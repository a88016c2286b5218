using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Solves a function's symbolic sizes from the types of actual arguments.</summary>
/// <remarks>The function's own symbols are marked with a quote, so that they never meet the caller's symbols of the same name.</remarks>
internal sealed class SizeUnifier
{
    private readonly Dictionary<string, Dim> _bindings = new(StringComparer.Ordinal);

    /// <summary>Whether an actual type fits a declared one; binds symbols on the way.</summary>
    public bool Match(TensorType declared, TensorType actual)
    {
        if (declared.Kind != actual.Kind || declared.Rank != actual.Rank)
            return false;
        var good = true;
        for (var i = 0; i < declared.Rank; i++)
            good &= Match(declared.Shape[i], actual.Shape[i]);
        return good;
    }

    private bool Match(Dim declared, Dim actual)
    {
        var pattern = Mark(declared).Substitute(_bindings);
        var unknown = pattern.Symbols.Where(s => s.EndsWith('\'')).ToList();
        if (unknown.Count == 0)
            return pattern == actual;
        if (unknown.Count > 1)
            return false;
        Dim At(long value) => pattern.Substitute(new Dictionary<string, Dim> { [unknown[0]] = value });
        var rest = At(0);
        if (At(1) - rest != 1 || At(2) - rest != 2)
            return false;
        _bindings[unknown[0]] = actual - rest;
        return true;
    }

    /// <summary>A declared type in the caller's sizes; null while a symbol of it is unknown.</summary>
    public TensorType? Resolve(TensorType declared)
    {
        var shape = declared.Shape.Select(d => Mark(d).Substitute(_bindings)).ToImmutableArray();
        return shape.Any(d => d.Symbols.Any(s => s.EndsWith('\''))) ? null : declared.WithShape(shape);
    }

    /// <summary>A declared type with what is known put in, for messages.</summary>
    public string Show(TensorType declared) => new TensorType(declared.Kind, [.. declared.Shape.Select(d => Mark(d).Substitute(_bindings))]).ToString().Replace("'", "");

    private static Dim Mark(Dim declared) => declared.Substitute(declared.Symbols.ToDictionary(s => s, s => Dim.Symbol(s + "'")));
}
