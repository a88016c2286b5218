namespace Mllm.Runtime.Weights;

/// <summary>The catalog of what can be wrong with a set of weight files: MLLM6020 to MLLM6028.</summary>
internal static class IndexErrors
{
    private const int Listed = 5;

    public static WeightsError Malformed(string index, string reason) =>
        new("MLLM6020", $"the shard index cannot be used: {reason}", index,
            Expected: "an object whose `weight_map` gives each tensor's file");

    public static WeightsError OutsideFolder(string index, string shard) =>
        new("MLLM6021",
            $"the shard index names `{WeightsError.Shown(shard)}`, which is not a file below the index's own folder", index,
            Expected: "a relative path with forward slashes and without `..`");

    public static WeightsError ShardMissing(string index, string shard, int tensors) =>
        new("MLLM6022", $"the shard `{WeightsError.Shown(shard)}` is missing", index,
            Found: "no such file beside the index", Expected: $"a file with {Count(tensors, "tensor")} of the checkpoint");

    public static WeightsError NotInShard(string index, string shard, IReadOnlyList<string> tensors) =>
        new("MLLM6023",
            $"the shard `{WeightsError.Shown(shard)}` does not hold {Count(tensors.Count, "tensor")} that the index places there", index, tensors[0], Found: $"without {List(tensors)}");

    public static WeightsError InTwoFiles(string folder, string first, string second, IReadOnlyList<string> tensors) =>
        new("MLLM6024", $"`{WeightsError.Shown(first)}` and `{WeightsError.Shown(second)}` both hold "
            + $"{Count(tensors.Count, "tensor")} of the same name", folder, tensors[0], Found: $"twice: {List(tensors)}", Expected: "each tensor in one file; or name the file that is meant");

    public static WeightsError NothingThere(string folder, IReadOnlyList<string> others) =>
        new("MLLM6025", "the folder holds no weights that can be read", folder,
            Found: others.Count == 0 ? "no weight files" : $"weights in formats that are not read: {List(others)}",
            Expected: "model.safetensors or pytorch_model.bin, an index with its shards, or one *.safetensors, *.bin, *.pt or *.pth file");

    public static WeightsError Ambiguous(string folder, IReadOnlyList<string> candidates) =>
        new("MLLM6026", "the folder holds several checkpoints; name the file that is meant", folder,
            Found: string.Join(", ", candidates.Select(WeightsError.Shown)), Expected: "one model, one index or one file");

    public static WeightsError IncompleteSet(string folder, string set, IReadOnlyList<string> missing) =>
        new("MLLM6027", $"the shard set `{WeightsError.Shown(set)}` is incomplete", folder, Found: $"without {List(missing)}");

    public static WeightsError OtherFormat(string file, string extension) =>
        new("MLLM6028", $"`{WeightsError.Shown(extension)}` files are not read", file,
            Expected: "a .safetensors file, or one that `torch.save` wrote (.bin, .pt, .pth); other formats must be converted first");

    internal static string Count(int n, string what) => n == 1 ? $"1 {what}" : $"{SafetensorsErrors.Number(n)} {what}s";

    private static string List(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Listed).Select(WeightsError.Shown))
        + (names.Count > Listed ? $" and {SafetensorsErrors.Number(names.Count - Listed)} more" : "");
}
