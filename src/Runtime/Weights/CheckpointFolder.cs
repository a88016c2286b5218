using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>Decides which files of a folder are its checkpoint.</summary>
internal static class CheckpointFolder
{
    private const string IndexSuffix = ".index.json";
    private const string Safetensors = ".safetensors";
    private static readonly ImmutableArray<string> Pickled = [".bin", ".pt", ".pth", ".ckpt"];
    private static readonly ImmutableArray<string> OtherFormats = [".gguf", ".ggml", ".onnx", ".h5", ".msgpack", ".npz", ".pkl"];

    // What a library calls a complete model, the format that is safe by its nature first; an adapter is a part of one.
    private static readonly ImmutableArray<string> Whole = ["model.safetensors", "pytorch_model.bin"];
    private static readonly ImmutableArray<string> Adapters = ["adapter_model.safetensors", "adapter_model.bin"];

    // What training leaves beside a model.
    private static readonly ImmutableArray<string> Leftovers = ["training_args", "optimizer", "scheduler", "scaler", "rng_state", "random_states"];

    /// <summary>True if <paramref name="path"/> ends as files do that <c>torch.save</c> writes.</summary>
    public static bool IsPickled(string path) => Pickled.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>True if <paramref name="path"/> ends as weights do that this project does not read.</summary>
    public static bool IsOtherFormat(string path) => OtherFormats.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The folder's safetensors model or index; else its pickled one; else its adapter; else the one file of weights, or the one set
    /// of shards, that it has. Several that have equal claims are ambiguous.
    /// </summary>
    public static WeightsResult<FolderContent> Look(string folder)
    {
        string[] files;
        try
        {
            files = [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return SafetensorsErrors.CannotOpen(folder, e.Message);
        }
        foreach (var whole in Whole)
            if (Model(folder, files, whole) is { } model) return model;
        if (Adapters.FirstOrDefault(files.Contains) is { } adapter) return new FolderContent(null, [Path.Combine(folder, adapter)]);
        return Single(folder, files);
    }

    private static WeightsResult<FolderContent>? Model(string folder, string[] files, string whole)
    {
        var hasWhole = files.Contains(whole);
        var indices = files.Where(f => f.EndsWith(Path.GetExtension(whole) + IndexSuffix, StringComparison.Ordinal)).ToList();
        if (indices.Count > 1) return IndexErrors.Ambiguous(folder, [.. hasWhole ? [whole] : Array.Empty<string>(), .. indices]);
        if (indices.Count == 0)
        {
            if (!hasWhole) return null;
            return new FolderContent(null, [Path.Combine(folder, whole)]);
        }
        var index = ShardIndex.Read(Path.Combine(folder, indices[0]));
        if (!index.Ok) return WeightsResult<FolderContent>.Failed(index.Errors);
        if (hasWhole && !index.Value.Shards.ContainsKey(whole)) return IndexErrors.Ambiguous(folder, [whole, indices[0]]);
        return new FolderContent(index.Value, []);
    }

    private static WeightsResult<FolderContent> Single(string folder, string[] files)
    {
        var candidates = files.Where(f => f.EndsWith(Safetensors, StringComparison.Ordinal) || (IsPickled(f) && !IsLeftover(f)))
            .GroupBy(f => ShardSet.Of(f)?.ToString() ?? f, StringComparer.Ordinal).ToList();
        if (candidates.Count == 0) return IndexErrors.NothingThere(folder, [.. files.Where(IsOtherFormat)]);
        if (candidates.Count > 1) return IndexErrors.Ambiguous(folder, [.. candidates.Select(c => c.Key)]);
        var missing = ShardSet.Of(candidates[0].First())?.Files.Except(candidates[0]).ToList() ?? [];
        return missing.Count > 0
            ? IndexErrors.IncompleteSet(folder, candidates[0].Key, missing)
            : new FolderContent(null, [.. candidates[0].Select(f => Path.Combine(folder, f))]);
    }

    private static bool IsLeftover(string file) => Leftovers.Any(l => file.StartsWith(l, StringComparison.Ordinal));
}

/// <summary>What a folder's checkpoint consists of: an index, or files that are complete without one.</summary>
internal sealed record FolderContent(ShardIndex? Index, ImmutableArray<string> Files);

/// <summary>The shards that belong together: <c>model-00002-of-00003.safetensors</c> is one of three.</summary>
internal sealed record ShardSet(string Stem, int Digits, int Count, string Extension)
{
    /// <summary>The names of all its files.</summary>
    public IEnumerable<string> Files => Enumerable.Range(1, Count).Select(Name);

    /// <summary>The name of one of its files, counted from 1.</summary>
    public string Name(int number) => $"{Stem}-{Padded(number)}-of-{Padded(Count)}{Extension}";

    /// <summary>The set that a file's name says it is of, or null.</summary>
    public static ShardSet? Of(string file)
    {
        var extension = Path.GetExtension(file);
        var parts = file[..^extension.Length].Split('-');
        return parts.Length >= 4 && parts[^2] == "of" && parts[^1].Length is > 0 and <= 6
            && int.TryParse(parts[^1], out var count) && int.TryParse(parts[^3], out _)
            ? new ShardSet(string.Join('-', parts[..^3]), parts[^1].Length, count, extension)
            : null;
    }

    public override string ToString() => $"{Stem}-*-of-{Padded(Count)}{Extension}";

    private string Padded(int number) => $"{number}".PadLeft(Digits, '0');
}
