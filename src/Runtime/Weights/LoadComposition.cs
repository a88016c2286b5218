using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>Joins the reports of several checkpoints, each compared by itself, to that of a load from all of them.</summary>
internal static class LoadComposition
{
    /// <summary>
    /// The report in which each parameter comes from the last checkpoint that has a tensor for it, whether that fits or not:
    /// an older tensor in place of one that does not fit would be a silent mistake.
    /// </summary>
    /// <param name="expected">The model's parameters, in its order.</param>
    /// <param name="reports">One report for each checkpoint, in the order given; at least one.</param>
    public static LoadReport Of(IReadOnlyList<ExpectedTensor> expected, IReadOnlyList<LoadReport> reports)
    {
        var found = reports.Select(Found).ToList();
        var chosen = expected.Select(e => (e.Path, From: found.FindLastIndex(f => f.Contains(e.Path)))).ToDictionary(c => c.Path, c => c.From, StringComparer.Ordinal);
        // A name to look for, where no checkpoint has it: as the one calls it that has most of the component.
        var homes = chosen.Where(c => c.Value >= 0).GroupBy(c => Component(c.Key), c => c.Value)
            .ToDictionary(g => g.Key, g => g.CountBy(i => i).MaxBy(c => c.Value).Key);
        var fallback = Enumerable.Range(0, reports.Count).MaxBy(i => reports[i].Loaded.Length);
        var names = reports.Select(r => r.Missing.ToDictionary(m => m.Path, StringComparer.Ordinal)).ToList();
        var loaded = From(reports, chosen, r => r.Loaded, l => l.Path);
        return new LoadReport
        {
            Source = string.Join(", ", reports.Select(r => r.Source)),
            Files = reports.Sum(r => r.Files),
            Tensors = reports.Sum(r => r.Tensors),
            Bytes = (long)reports.Aggregate((Int128)0, (sum, r) => Int128.Min(sum + r.Bytes, long.MaxValue)),
            Loaded = InOrder(expected, loaded, l => l.Path),
            Missing = [.. expected.Where(e => chosen[e.Path] < 0).Select(e => names[homes.GetValueOrDefault(Component(e.Path), fallback)][e.Path])],
            WrongShapes = InOrder(expected, From(reports, chosen, r => r.WrongShapes, w => w.Path), w => w.Path),
            WrongDtypes = InOrder(expected, From(reports, chosen, r => r.WrongDtypes, w => w.Path), w => w.Path),
            Unexpected = [.. reports.SelectMany(r => r.Unexpected)],
            Ignored = [.. reports.SelectMany(r => r.Ignored)],
            Shared = [.. loaded.GroupBy(l => l.Tensor).Where(g => g.Count() > 1).Select(g => new SharedTensor(g.Key.Name, [.. g.Select(l => l.Path)]))],
            // A pattern is idle where no checkpoint that follows its map needed it.
            IdleIgnores = [.. reports.GroupBy(r => r.Map).SelectMany(g => g.Select(r => r.IdleIgnores.AsEnumerable()).Aggregate((a, b) => a.Intersect(b))).Distinct()],
            Aside = [.. reports.SelectMany(r => r.Aside)],
            Parts = [.. reports.Select((r, i) => new LoadPart(r.Source, r.Map, r.Tried,
                [.. expected.Where(e => chosen[e.Path] == i).CountBy(e => Component(e.Path)).Select(c => new ComponentCount(c.Key, c.Value))],
                found[i].Count(path => chosen[path] != i)))],
        };
    }

    private static HashSet<string> Found(LoadReport report) =>
        report.Loaded.Select(l => l.Path).Concat(report.WrongShapes.Select(w => w.Path)).Concat(report.WrongDtypes.Select(w => w.Path)).ToHashSet(StringComparer.Ordinal);

    private static List<T> From<T>(IReadOnlyList<LoadReport> reports, Dictionary<string, int> chosen, Func<LoadReport, ImmutableArray<T>> list, Func<T, string> path) =>
        [.. reports.SelectMany((r, i) => list(r).Where(item => chosen[path(item)] == i))];

    private static ImmutableArray<T> InOrder<T>(IReadOnlyList<ExpectedTensor> expected, List<T> items, Func<T, string> path)
    {
        var byPath = items.ToDictionary(path, StringComparer.Ordinal);
        return [.. expected.Where(e => byPath.ContainsKey(e.Path)).Select(e => byPath[e.Path])];
    }

    private static string Component(string path) => path.Split('.')[0];
}
