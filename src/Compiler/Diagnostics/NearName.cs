namespace Mllm.Compiler.Diagnostics;

/// <summary>Finds the name that a misspelt one was probably meant to be.</summary>
public static class NearName
{
    /// <summary>The nearest candidate within a third of the length (at least one edit), or null. Of equally near ones the first in ordinal order.</summary>
    /// <param name="found">What the user wrote.</param>
    /// <param name="candidates">What would have been right.</param>
    public static string? Find(string found, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var allowed = Math.Max(1, Math.Max(found.Length, candidate.Length) / 3);
            // Two letters have too many neighbours: `fn` is not a misspelt `in`.
            if (candidate == found || Math.Abs(candidate.Length - found.Length) > allowed || Math.Min(found.Length, candidate.Length) < 2
                || Math.Max(found.Length, candidate.Length) < 3)
                continue;
            var distance = Distance(found, candidate);
            if (distance > allowed || distance > bestDistance
                || distance == bestDistance && !IsBefore(found, candidate, best))
                continue;
            (best, bestDistance) = (candidate, distance);
        }
        return best;
    }

    /// <summary>Of names at the same distance, one that begins as the word does; then the first of the alphabet.</summary>
    private static bool IsBefore(string found, string candidate, string? best) => best is null
        || (candidate[0] == found[0], best[0] == found[0]) is var (mine, others) && (mine != others ? mine : string.CompareOrdinal(candidate, best) < 0);

    /// <summary>
    /// The Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of neighbours cost one
    /// each, a difference of case alone costs nothing.
    /// </summary>
    public static int Distance(string a, string b)
    {
        var (beforeLast, last, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
            last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = last[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(substitution, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }
            (beforeLast, last, row) = (last, row, beforeLast);
        }
        return last[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
