using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>
/// Checkpoints that make up a model together, such as a trained projection over the language model and the encoder that
/// were frozen: what a later one holds stands for what earlier ones hold.
/// </summary>
public sealed class CheckpointSources : IDisposable
{
    private CheckpointSources(ImmutableArray<CheckpointSource> all) => All = all;

    /// <summary>The checkpoints, in the order given.</summary>
    public ImmutableArray<CheckpointSource> All { get; }

    /// <summary>Number of files of all of them.</summary>
    public int Files => All.Sum(s => s.Files.Length);

    /// <summary>Opens files, indices or folders, each as <see cref="CheckpointSource.Open"/> does, with its errors.</summary>
    /// <exception cref="ArgumentException">if there is no path</exception>
    public static WeightsResult<CheckpointSources> Open(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0) throw new ArgumentException("a checkpoint needs a path", nameof(paths));
        var opened = paths.Select(CheckpointSource.Open).ToList();
        if (opened.All(o => o.Ok)) return new CheckpointSources([.. opened.Select(o => o.Value!)]);
        foreach (var source in opened) source.Value?.Dispose();
        return WeightsResult<CheckpointSources>.Failed(opened.SelectMany(o => o.Errors));
    }

    /// <summary>Closes the files; tensors that were read stay valid.</summary>
    public void Dispose()
    {
        foreach (var source in All) source.Dispose();
    }
}
