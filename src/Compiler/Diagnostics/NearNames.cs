using System.Collections.Immutable;

namespace Mllm.Compiler.Diagnostics;

/// <summary>Finds the several names that a misspelt or shortened one may have meant; <see cref="NearName"/> finds the one.</summary>
public static class NearNames
{
    /// <summary>The nearest candidates, best first: within one edit for three letters, or beginning with the name; of equally near ones, those that begin alike come first.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What could have been meant.</param>
    /// <param name="most">How many to give at most.</param>
    public static ImmutableArray<string> Find(string name, IEnumerable<string> candidates, int most = 3) =>
    [
        .. candidates.Distinct(StringComparer.Ordinal)
            .Where(c => Math.Abs(c.Length - name.Length) <= 64)
            .Select(c => (Name: c, Distance: NearName.Distance(name, c)))
            .Where(c => c.Distance <= Limit(name, c.Name) && c.Distance < Math.Max(name.Length, c.Name.Length))
            .OrderBy(c => c.Distance)
            .ThenByDescending(c => c.Name.AsSpan().CommonPrefixLength(name))
            .ThenBy(c => c.Name, StringComparer.Ordinal)
            .Take(most)
            .Select(c => c.Name)
    ];

    private static int Limit(string name, string candidate) =>
        name.Length >= 3 && candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase) ? int.MaxValue : Math.Max(1, Math.Min(name.Length, candidate.Length) / 3);
}
