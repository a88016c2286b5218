namespace Mllm.Runtime.Weights;

/// <summary>How alike two dotted names are, for "the checkpoint has ..." suggestions.</summary>
internal static class NearName
{
    /// <summary>The nearest of <paramref name="candidates"/> to <paramref name="name"/>, or null where none is near.</summary>
    public static string? Of(string name, IEnumerable<string> candidates) =>
        candidates.Select(c => (Name: c, Unlikeness: Unlikeness(name, c)))
            .Where(c => c.Unlikeness <= 0.5)
            .OrderBy(c => c.Unlikeness).ThenBy(c => c.Name, StringComparer.Ordinal)
            .Select(c => c.Name).FirstOrDefault();

    // 0 for equal names, 1 for nothing in common. A moved or added segment costs as much as a wholly changed one; inside
    // a changed segment, each letter counts.
    private static double Unlikeness(string a, string b)
    {
        var (x, y) = (a.Split('.'), b.Split('.'));
        return Distance(x.Length, y.Length, (i, j) => SegmentUnlikeness(x[i], y[j])) / Math.Max(x.Length, y.Length);
    }

    private static double SegmentUnlikeness(string a, string b)
    {
        if (a == b) return 0;
        var longest = Math.Min(64, Math.Max(a.Length, b.Length));
        var letters = Distance(Math.Min(64, a.Length), Math.Min(64, b.Length), (i, j) => a[i] == b[j] ? 0 : 1) / longest;
        return Math.Min(1, letters);
    }

    // Levenshtein's distance with the given cost of putting one item for another.
    private static double Distance(int n, int m, Func<int, int, double> change)
    {
        var row = Enumerable.Range(0, m + 1).Select(j => (double)j).ToArray();
        for (var i = 0; i < n; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < m; j++)
            {
                var best = Math.Min(Math.Min(row[j] + 1, row[j + 1] + 1), diagonal + change(i, j));
                (diagonal, row[j + 1]) = (row[j + 1], best);
            }
        }
        return row[m];
    }
}
