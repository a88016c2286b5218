using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>A tensor of a checkpoint and the file that holds it.</summary>
public sealed record SourceTensor(TensorEntry Entry, WeightsFile File)
{
    /// <summary>Its name in the checkpoint.</summary>
    public string Name => Entry.Name;
}

/// <summary>
/// A checkpoint as one set of named tensors, whatever files it is spread over. Opening it reads the headers alone.
/// </summary>
public sealed class CheckpointSource : IDisposable
{
    private readonly Dictionary<string, SourceTensor> bare;

    private CheckpointSource(string path, ImmutableArray<WeightsFile> files)
    {
        Path = path;
        Files = files;
        Tensors = files.SelectMany(f => f.Entries.Select(e => new SourceTensor(e, f)))
            .ToImmutableSortedDictionary(t => t.Name, t => t, StringComparer.Ordinal);
        bare = Tensors.Values.GroupBy(t => BareName.Of(t.Name), StringComparer.Ordinal).Where(g => g.Count() == 1)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
    }

    /// <summary>The file or folder it was opened by.</summary>
    public string Path { get; }

    /// <summary>The files it consists of.</summary>
    public ImmutableArray<WeightsFile> Files { get; }

    /// <summary>All tensors, by name in ordinal order.</summary>
    public ImmutableSortedDictionary<string, SourceTensor> Tensors { get; }

    /// <summary>
    /// The tensor called <paramref name="name"/>; else the only one whose name is the same without what libraries put around
    /// names (<c>module.</c>, <c>base_model.model.</c>, an adapter's <c>.default</c>); else null.
    /// </summary>
    public SourceTensor? Find(string name) => Tensors.GetValueOrDefault(name) ?? bare.GetValueOrDefault(BareName.Of(name));

    /// <summary>Bytes of all tensors.</summary>
    public long TensorBytes => Tensors.Values.Aggregate(0L, (sum, t) => (long)Int128.Min((Int128)sum + t.Entry.Length, long.MaxValue));

    /// <summary>What the files hold beside tensors, such as an optimiser's state.</summary>
    public ImmutableArray<string> Aside => [.. Files.SelectMany(f => f.Aside)];

    /// <summary>
    /// Opens a file of weights, the index of a sharded one, or a folder that holds one checkpoint.
    /// Errors: those of the files (MLLM6001 to MLLM6016, MLLM6050 to MLLM6060) and of their set (MLLM6020 to MLLM6028).
    /// </summary>
    public static WeightsResult<CheckpointSource> Open(string path)
    {
        if (Directory.Exists(path))
        {
            var content = CheckpointFolder.Look(path);
            if (!content.Ok) return WeightsResult<CheckpointSource>.Failed(content.Errors);
            return content.Value.Index is { } found ? OpenIndex(path, found) : OpenFiles(path, content.Value.Files, null);
        }
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return OpenFiles(path, [path], null);
        var index = ShardIndex.Read(path);
        return index.Ok ? OpenIndex(path, index.Value) : WeightsResult<CheckpointSource>.Failed(index.Errors);
    }

    /// <summary>Closes the files; tensors that were read stay valid.</summary>
    public void Dispose()
    {
        foreach (var file in Files) file.Dispose();
    }

    private static WeightsResult<CheckpointSource> OpenIndex(string path, ShardIndex index)
    {
        var missing = index.Shards.Where(s => !File.Exists(index.PathOf(s.Key)))
            .Select(s => IndexErrors.ShardMissing(index.Path, s.Key, s.Value.Length)).ToList();
        return missing.Count > 0
            ? WeightsResult<CheckpointSource>.Failed(missing)
            : OpenFiles(path, [.. index.Shards.Keys.Select(index.PathOf)], index);
    }

    private static WeightsResult<CheckpointSource> OpenFiles(string path, ImmutableArray<string> paths, ShardIndex? index)
    {
        var opened = paths.Select(WeightsFile.Open).ToList();
        var files = opened.Where(o => o.Ok).Select(o => o.Value!).ToImmutableArray();
        var errors = opened.SelectMany(o => o.Errors).ToList();
        if (errors.Count == 0 && index is not null) errors.AddRange(Promised(index, files));
        if (errors.Count == 0) errors.AddRange(Twice(path, files));
        if (errors.Count == 0) return new CheckpointSource(path, files);
        foreach (var file in files) file.Dispose();
        return WeightsResult<CheckpointSource>.Failed(errors);
    }

    private static IEnumerable<WeightsError> Promised(ShardIndex index, ImmutableArray<WeightsFile> files) =>
        from pair in index.Shards.Zip(files)
        let absent = pair.First.Value.Where(name => pair.Second.Find(name) is null).ToList()
        where absent.Count > 0
        select IndexErrors.NotInShard(index.Path, pair.First.Key, absent);

    private static IEnumerable<WeightsError> Twice(string path, ImmutableArray<WeightsFile> files) =>
        from entry in files.SelectMany((file, place) => file.Entries.Select(e => (e.Name, place)))
            .GroupBy(e => e.Name, e => e.place, StringComparer.Ordinal)
        where entry.Count() > 1
        group entry.Key by (First: entry.First(), Second: entry.ElementAt(1)) into pair
        select IndexErrors.InTwoFiles(path, System.IO.Path.GetFileName(files[pair.Key.First].Path),
            System.IO.Path.GetFileName(files[pair.Key.Second].Path), [.. pair.Order(StringComparer.Ordinal)]);
}
