using System.Collections.Immutable;

namespace Mllm.Compiler.Types;

/// <summary>Solves a function's symbolic sizes from the types it is called with.</summary>
/// <remarks>
/// The patterns' symbols and the actual types' symbols are two worlds: both may say <c>n</c> and mean different sizes. A pattern size with one
/// unsolved symbol in it, times and plus numbers or solved sizes (<c>n</c>, <c>n + 1</c>, <c>2·n + m</c>), solves that symbol; all others must be
/// equal once their symbols are solved. The order of the axes does not matter.
/// </remarks>
public static class Unifier
{
    /// <summary>Unifies each pattern with the actual type at its place; both lists have one length.</summary>
    public static Unification Unify(ImmutableArray<TensorType> patterns, ImmutableArray<TensorType> actuals)
    {
        var failures = ImmutableArray.CreateBuilder<UnificationFailure>();
        var open = new List<Equation>();
        for (var i = 0; i < patterns.Length; i++)
        {
            var (pattern, actual) = (patterns[i], actuals[i]);
            if (pattern.Kind != actual.Kind || pattern.Rank != actual.Rank)
                failures.Add(new UnificationFailure(i, null, $"found {actual}, expected {pattern}"));
            else
                open.AddRange(pattern.Shape.Zip(actual.Shape).Select((pair, axis) => new Equation(i, axis, pair.First, pair.Second))
                    .Where(e => e.Pattern.Value is not { } size || size != e.Actual.Value));
        }

        // Bare symbols first: the blame then falls on the size that is computed from them.
        open = [.. open.OrderBy(e => e.Pattern.Symbols.FirstOrDefault() == e.Pattern.ToString() ? 0 : 1)];
        var sizes = new Dictionary<string, Dim>();
        while (open.FirstOrDefault(e => Unsolved(e, sizes).Count() < 2) is { } equation)
        {
            open.Remove(equation);
            if (!Solve(equation, sizes))
                failures.Add(new UnificationFailure(equation.Operand, equation.Axis, Describe(equation, sizes)));
        }
        foreach (var equation in open)
            failures.Add(new UnificationFailure(equation.Operand, equation.Axis, $"axis {equation.Axis} has {equation.Actual} elements, which does not tell the sizes in {equation.Pattern} apart"));
        return new Unification(sizes.ToImmutableDictionary(), [.. failures.OrderBy(f => f.Operand).ThenBy(f => f.Axis)]);
    }

    private static IEnumerable<string> Unsolved(Equation equation, Dictionary<string, Dim> sizes) => equation.Pattern.Symbols.Where(s => !sizes.ContainsKey(s));

    private static bool Solve(Equation equation, Dictionary<string, Dim> sizes)
    {
        if (Unsolved(equation, sizes).FirstOrDefault() is not { } symbol)
            return equation.Pattern.Substitute(sizes) == equation.Actual;

        // The unsolved symbol gets a name that no program can write, so that substituting it does not catch the caller's symbols.
        const string unknown = "?";
        var pattern = equation.Pattern.Substitute(new Dictionary<string, Dim>(sizes) { [symbol] = Dim.Symbol(unknown) });
        Dim At(Dim value) => pattern.Substitute(new Dictionary<string, Dim> { [unknown] = value });
        var offset = At(0);
        if (!Dim.TryDivide(equation.Actual - offset, At(1) - offset, out var solution) || solution.Value is < 0 || At(solution) != equation.Actual)
            return false;
        sizes[symbol] = solution;
        return true;
    }

    private static string Describe(Equation equation, Dictionary<string, Dim> sizes)
    {
        var solved = Unsolved(equation, sizes).Any() ? equation.Pattern : equation.Pattern.Substitute(sizes);
        var expected = equation.Pattern.ToString() == solved.ToString() ? $"{solved}" : $"{equation.Pattern} = {solved}";
        return $"axis {equation.Axis} has {equation.Actual} elements, expected {expected}";
    }

    private sealed record Equation(int Operand, int Axis, Dim Pattern, Dim Actual);
}

/// <summary>What a unification found: the callee's symbolic sizes in the caller's terms, and the axes that do not fit.</summary>
public sealed record Unification(ImmutableDictionary<string, Dim> Sizes, ImmutableArray<UnificationFailure> Failures)
{
    public bool Succeeded => Failures.IsEmpty;
}

/// <summary>An operand that does not fit.</summary>
/// <param name="Axis">The axis at fault, or null for the kind or the number of axes.</param>
/// <param name="Message">What was found and what was expected.</param>
public sealed record UnificationFailure(int Operand, int? Axis, string Message);
