using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>Decides which files of a folder are its checkpoint.</summary>
internal static class CheckpointFolder
{
    public const string IndexSuffix = ".safetensors.index.json";
    private const string Whole = "model.safetensors";
    private static readonly ImmutableArray<string> OtherFormats =
        [".bin", ".pt", ".pth", ".ckpt", ".gguf", ".ggml", ".onnx", ".h5", ".msgpack", ".npz", ".pkl"];

    /// <summary>True if <paramref name="path"/> ends as weights do that this project does not read.</summary>
    public static bool IsOtherFormat(string path) => OtherFormats.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The folder's index, or its one safetensors file, or all of them where none is called <c>model.safetensors</c>.
    /// A folder with both a whole model and an index that does not name it, or with two indices, is ambiguous.
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
        var indices = files.Where(f => f.EndsWith(IndexSuffix, StringComparison.Ordinal)).ToList();
        var tensors = files.Where(f => f.EndsWith(".safetensors", StringComparison.Ordinal)).ToList();
        var whole = tensors.Contains(Whole);
        if (indices.Count > 1) return IndexErrors.Ambiguous(folder, [.. whole ? [Whole] : Array.Empty<string>(), .. indices]);
        if (indices.Count == 1)
        {
            var index = ShardIndex.Read(Path.Combine(folder, indices[0]));
            if (!index.Ok) return WeightsResult<FolderContent>.Failed(index.Errors);
            if (whole && !index.Value.Shards.ContainsKey(Whole)) return IndexErrors.Ambiguous(folder, [Whole, indices[0]]);
            return new FolderContent(index.Value, []);
        }
        if (whole) return new FolderContent(null, [Path.Combine(folder, Whole)]);
        if (tensors.Count == 0) return IndexErrors.NothingThere(folder, [.. files.Where(IsOtherFormat)]);
        var gaps = MissingShards(tensors).ToList();
        if (gaps.Count > 0) return IndexErrors.IncompleteSet(folder, gaps[0].Set, [.. gaps.Select(g => g.File)]);
        return new FolderContent(null, [.. tensors.Select(f => Path.Combine(folder, f))]);
    }

    // model-00002-of-00003.safetensors belongs to a set of three.
    private static IEnumerable<(string Set, string File)> MissingShards(List<string> files)
    {
        var sets = new SortedDictionary<string, (string Stem, int Digits, int Of)>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var parts = file[..^".safetensors".Length].Split('-');
            if (parts.Length < 4 || parts[^2] != "of" || parts[^1].Length > 6
                || !int.TryParse(parts[^1], out var of) || !int.TryParse(parts[^3], out _)) continue;
            var stem = string.Join('-', parts[..^3]);
            sets[$"{stem}-*-of-{parts[^1]}"] = (stem, parts[^1].Length, of);
        }
        foreach (var (set, (stem, digits, of)) in sets)
            for (var i = 1; i <= of; i++)
            {
                var file = $"{stem}-{Padded(i)}-of-{Padded(of)}.safetensors";
                if (!files.Contains(file)) yield return (set, file);

                string Padded(int n) => $"{n}".PadLeft(digits, '0');
            }
    }
}

/// <summary>What a folder's checkpoint consists of: an index, or files that are complete without one.</summary>
internal sealed record FolderContent(ShardIndex? Index, ImmutableArray<string> Files);
