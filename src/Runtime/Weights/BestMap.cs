using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>One way in which released checkpoints of an architecture name their tensors.</summary>
/// <param name="Name">What the way is called, such as the repository that uses it.</param>
/// <param name="Map">Its rules.</param>
/// <param name="Ignore">Tensors that such checkpoints hold and the model may leave aside.</param>
public sealed record NamedMap(string Name, CheckpointMap Map, ImmutableArray<IgnorePattern> Ignore);

/// <summary>Picks, among the maps an architecture knows, the one that a checkpoint follows.</summary>
public static class BestMap
{
    /// <summary>
    /// The report of the map under which most parameters find their tensor, then under which fewest tensors are left
    /// over, then of the first; <see cref="LoadReport.Map"/> says which, <see cref="LoadReport.Tried"/> how each did.
    /// </summary>
    /// <exception cref="ArgumentException">if there is no map to choose from</exception>
    public static LoadReport Choose(IReadOnlyList<ExpectedTensor> expected, IReadOnlyList<NamedMap> maps, CheckpointSource source)
    {
        return LoadPlan.Explained(Best(expected, maps, source));
    }

    /// <summary>The same for several checkpoints at once, each of which may follow a map of its own.</summary>
    /// <exception cref="ArgumentException">if there is no map to choose from</exception>
    public static LoadReport Choose(IReadOnlyList<ExpectedTensor> expected, IReadOnlyList<NamedMap> maps, CheckpointSources sources) => sources.All is [var only]
        ? Choose(expected, maps, only)
        : LoadPlan.Explained(LoadComposition.Of(expected, [.. sources.All.Select(s => Best(expected, maps, s))]));

    private static LoadReport Best(IReadOnlyList<ExpectedTensor> expected, IReadOnlyList<NamedMap> maps, CheckpointSource source)
    {
        if (maps.Count == 0) throw new ArgumentException("there is no map to choose from", nameof(maps));
        var reports = maps.Select(m => LoadPlan.Compare(expected, m.Map, m.Ignore, source) with { Map = m.Name }).ToList();
        var best = reports.OrderByDescending(r => r.Loaded.Length).ThenBy(r => r.Unexpected.Length).First();
        return best with { Tried = [.. reports.Select(r => new MapScore(r.Map!, r.Loaded.Length))] };
    }
}
