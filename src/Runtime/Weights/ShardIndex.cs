using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;

namespace Mllm.Runtime.Weights;

/// <summary>A <c>*.safetensors.index.json</c>: which shard, beside the index, holds which tensor.</summary>
/// <param name="Path">The path of the index.</param>
/// <param name="Shards">Shard names as the index writes them, in ordinal order, each with the tensors it should hold.</param>
public sealed record ShardIndex(string Path, ImmutableSortedDictionary<string, ImmutableArray<string>> Shards)
{
    /// <summary>The folder that shard names are relative to.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;

    /// <summary>Where a shard is, by its name in the index.</summary>
    public string PathOf(string shard) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path) ?? "", shard);

    /// <summary>Reads an index. Errors: MLLM6001 (cannot open), MLLM6020 (malformed), MLLM6021 (a shard outside the folder).</summary>
    public static WeightsResult<ShardIndex> Read(string path)
    {
        byte[] json;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > SafetensorsHeader.LongestHeader) return IndexErrors.Malformed(path, $"it has {SafetensorsErrors.Bytes(length)}");
            json = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return SafetensorsErrors.CannotOpen(path, File.Exists(path) ? e.Message : "there is no such file");
        }
        return Parse(json, path);
    }

    /// <summary>Reads an index's text; <paramref name="path"/> is for errors and for finding the shards.</summary>
    public static WeightsResult<ShardIndex> Parse(ReadOnlySpan<byte> json, string path)
    {
        if (!Utf8.IsValid(json)) return IndexErrors.Malformed(path, "it is not UTF-8 text");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 32 });
        var errors = new List<WeightsError>();
        Dictionary<string, string>? map = null;
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                return IndexErrors.Malformed(path, $"it is {StrictJson.Kind(reader.TokenType)}, not an object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = StrictJson.String(ref reader);
                reader.Read();
                if (key == "weight_map" && map is not null) return IndexErrors.Malformed(path, "it holds `weight_map` twice");
                if (key == "weight_map") map = ReadMap(ref reader, path, errors);
                else StrictJson.SkipValue(ref reader); // `metadata` says nothing that the shards do not say themselves
            }
            while (reader.Read()) { }
        }
        catch (JsonException e)
        {
            return IndexErrors.Malformed(path, e.Message);
        }
        if (map is null) errors.Add(IndexErrors.Malformed(path, "`weight_map` is missing"));
        else if (map.Count == 0 && errors.Count == 0) errors.Add(IndexErrors.Malformed(path, "`weight_map` names no tensor"));
        if (errors.Count > 0) return WeightsResult<ShardIndex>.Failed(errors);
        return new ShardIndex(path, map!.GroupBy(e => e.Value, e => e.Key, StringComparer.Ordinal).ToImmutableSortedDictionary(
            g => g.Key, g => g.Order(StringComparer.Ordinal).ToImmutableArray(), StringComparer.Ordinal));
    }

    private static Dictionary<string, string> ReadMap(ref Utf8JsonReader reader, string path, List<WeightsError> errors)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            errors.Add(IndexErrors.Malformed(path, $"`weight_map` is {StrictJson.Kind(reader.TokenType)}, not an object"));
            StrictJson.SkipValue(ref reader);
            return map;
        }
        var outside = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var tensor = StrictJson.String(ref reader);
            reader.Read();
            var shard = reader.TokenType == JsonTokenType.String ? StrictJson.String(ref reader) : null;
            if (errors.Count >= 20) StrictJson.SkipValue(ref reader);
            else if (tensor is null || shard is null)
                errors.Add(IndexErrors.Malformed(path,
                    $"the shard of `{WeightsError.Shown(tensor ?? "")}` is {StrictJson.Kind(reader.TokenType)}, not a file name"));
            else if (!map.TryAdd(tensor, shard))
                errors.Add(IndexErrors.Malformed(path, $"`weight_map` holds `{WeightsError.Shown(tensor)}` twice"));
            else if (!StaysInside(shard) && outside.Add(shard))
                errors.Add(IndexErrors.OutsideFolder(path, shard));
            StrictJson.SkipValue(ref reader);
        }
        return map;
    }

    // Judged by the text alone and for every system at once: an index that is harmless here must be harmless elsewhere.
    private static bool StaysInside(string shard) =>
        shard.Length > 0
        && shard[0] != '/'
        && shard.IndexOfAny(['\\', ':', '\0']) < 0
        && shard.Split('/').All(part => part is not ("" or "." or ".."));
}
