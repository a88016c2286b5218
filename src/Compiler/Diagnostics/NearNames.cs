using System.Collections.Immutable;

namespace Mllm.Compiler.Diagnostics;

/// <summary>Finds the names that a misspelt one may have meant.</summary>
public static class NearNames
{
    /// <summary>The nearest candidates, best first, by edits (insertion, deletion, replacement, swap of neighbours) and common beginnings.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What could have been meant.</param>
    /// <param name="most">How many to give at most.</param>
    public static ImmutableArray<string> Find(string name, IEnumerable<string> candidates, int most = 3) =>
    [
        .. candidates.Distinct(StringComparer.Ordinal)
            .Select(c => (Name: c, Distance: Distance(name, c)))
            .Where(c => c.Distance <= Limit(name, c.Name) && c.Distance < Math.Max(name.Length, c.Name.Length))
            .OrderBy(c => c.Distance)
            .ThenBy(c => c.Name, StringComparer.Ordinal)
            .Take(most)
            .Select(c => c.Name)
    ];

    /// <summary>One edit for three letters; a name that the other begins with needs none of them.</summary>
    private static int Limit(string name, string candidate) =>
        name.Length >= 3 && candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase) ? int.MaxValue : Math.Max(1, Math.Min(name.Length, candidate.Length) / 3);

    /// <summary>The Damerau-Levenshtein distance (optimal string alignment); a difference in case alone costs nothing.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 64)
            return int.MaxValue;
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
