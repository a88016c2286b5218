using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>A tensor of a checkpoint and the file that holds it.</summary>
public sealed record SourceTensor(TensorEntry Entry, SafetensorsFile File)
{
    /// <summary>Its name in the checkpoint.</summary>
    public string Name => Entry.Name;
}

/// <summary>
/// A checkpoint as one set of named tensors, whatever files it is spread over. Opening it reads the headers alone.
/// </summary>
public sealed class CheckpointSource : IDisposable
{
    private CheckpointSource(string path, ImmutableArray<SafetensorsFile> files)
    {
        Path = path;
        Files = files;
        Tensors = files.SelectMany(f => f.Header.Entries.Select(e => new SourceTensor(e, f)))
            .ToImmutableSortedDictionary(t => t.Name, t => t, StringComparer.Ordinal);
    }

    /// <summary>The file or folder it was opened by.</summary>
    public string Path { get; }

    /// <summary>The files it consists of.</summary>
    public ImmutableArray<SafetensorsFile> Files { get; }

    /// <summary>All tensors, by name in ordinal order.</summary>
    public ImmutableSortedDictionary<string, SourceTensor> Tensors { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long TensorBytes => Tensors.Values.Sum(t => t.Entry.Length);

    /// <summary>
    /// Opens a <c>.safetensors</c> file, a <c>.safetensors.index.json</c>, or a folder that holds one checkpoint.
    /// Errors: those of the files (MLLM6001 to MLLM6016) and of their set (MLLM6020 to MLLM6028).
    /// </summary>
    public static WeightsResult<CheckpointSource> Open(string path)
    {
        if (Directory.Exists(path))
        {
            var content = CheckpointFolder.Look(path);
            if (!content.Ok) return WeightsResult<CheckpointSource>.Failed(content.Errors);
            return content.Value.Index is { } found ? OpenIndex(path, found) : OpenFiles(path, content.Value.Files, null);
        }
        if (CheckpointFolder.IsOtherFormat(path)) return IndexErrors.OtherFormat(path, System.IO.Path.GetExtension(path));
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
        var opened = paths.Select(SafetensorsFile.Open).ToList();
        var files = opened.Where(o => o.Ok).Select(o => o.Value!).ToImmutableArray();
        var errors = opened.SelectMany(o => o.Errors).ToList();
        if (errors.Count == 0 && index is not null) errors.AddRange(Promised(index, files));
        if (errors.Count == 0) errors.AddRange(Twice(path, files));
        if (errors.Count == 0) return new CheckpointSource(path, files);
        foreach (var file in files) file.Dispose();
        return WeightsResult<CheckpointSource>.Failed(errors);
    }

    private static IEnumerable<WeightsError> Promised(ShardIndex index, ImmutableArray<SafetensorsFile> files) =>
        from pair in index.Shards.Zip(files)
        let absent = pair.First.Value.Where(name => pair.Second.Header.Find(name) is null).ToList()
        where absent.Count > 0
        select IndexErrors.NotInShard(index.Path, pair.First.Key, absent);

    private static IEnumerable<WeightsError> Twice(string path, ImmutableArray<SafetensorsFile> files) =>
        from entry in files.SelectMany((file, place) => file.Header.Entries.Select(e => (e.Name, place)))
            .GroupBy(e => e.Name, e => e.place, StringComparer.Ordinal)
        where entry.Count() > 1
        group entry.Key by (First: entry.First(), Second: entry.ElementAt(1)) into pair
        select IndexErrors.InTwoFiles(path, System.IO.Path.GetFileName(files[pair.Key.First].Path),
            System.IO.Path.GetFileName(files[pair.Key.Second].Path), [.. pair.Order(StringComparer.Ordinal)]);
}
