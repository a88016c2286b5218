using Mllm.Compiler.Types;

namespace Mllm.Runtime.Execution;

/// <summary>Solves a callee's symbolic sizes from the types it is called with, so that its nodes can be written in the caller's sizes.</summary>
internal static class Unification
{
    private const char Mark = '\'';

    /// <summary>The callee's names in terms of the caller's sizes.</summary>
    /// <exception cref="InvalidOperationException">The types do not agree: the graph is wrong.</exception>
    public static Dictionary<string, Dim> Solve(string callee, IEnumerable<(Dim Formal, Dim Actual)> pairs)
    {
        var names = new Dictionary<string, Dim>(StringComparer.Ordinal);
        foreach (var (formal, actual) in pairs.OrderBy(p => p.Formal.Symbols.Count()).ToList())
        {
            // Marked, the callee's names cannot be mistaken for the caller's while some are replaced and others are not yet.
            var marked = formal.Substitute(formal.Symbols.ToDictionary(s => s, s => Dim.Symbol(Mark + s)));
            var rest = marked.Substitute(names);
            var unbound = rest.Symbols.Where(s => s.StartsWith(Mark)).ToList();
            if (unbound.Count == 1)
                names.Add(unbound[0], SolveFor(unbound[0], rest, actual) ?? throw Wrong(formal, actual));
            if (unbound.Count < 2 && marked.Substitute(names) != actual)
                throw Wrong(formal, actual);
        }
        return names.ToDictionary(n => n.Key[1..], n => n.Value, StringComparer.Ordinal);

        InvalidOperationException Wrong(Dim formal, Dim actual) => new($"function '{callee}': the size {formal} is called with {actual}");
    }

    private static Dim? SolveFor(string name, Dim formal, Dim actual)
    {
        var at0 = formal.Substitute(new Dictionary<string, Dim> { [name] = 0 });
        var slope = formal.Substitute(new Dictionary<string, Dim> { [name] = 1 }) - at0;
        return Dim.TryDivide(actual - at0, slope, out var value) ? value : null;
    }
}
