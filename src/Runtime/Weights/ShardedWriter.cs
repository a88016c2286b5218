using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mllm.Runtime.Weights;

/// <summary>Writes a model's tensors into a folder: one safetensors file, or shards of a limited size and their index.</summary>
public static class ShardedWriter
{
    /// <summary>The size of a shard where no other is asked for, in bytes: what common tools write and hosts accept.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    private const string Stem = "model";
    private const string Whole = Stem + ".safetensors";
    private const string Index = Whole + ".index.json";

    /// <summary>
    /// Writes <c>model.safetensors</c>, or <c>model-00001-of-0000N.safetensors</c> and <c>model.safetensors.index.json</c> where the
    /// tensors have more bytes than a shard. They are dealt out in the order of their names; equal tensors give equal
    /// files. The index comes last, and files of that kind from an earlier time that are not part of the new model go.
    /// </summary>
    /// <param name="folder">Where; made if it does not exist.</param>
    /// <param name="tensors">The tensors, of distinct names.</param>
    /// <param name="shardBytes">The most bytes of tensors in one file; a tensor that is larger has a file of its own.</param>
    /// <param name="metadata">Free text to keep in each file; null for none.</param>
    /// <returns>The names of the files with tensors.</returns>
    /// <exception cref="ArgumentException">if two tensors have one name, or there would be more shards than names have digits</exception>
    /// <exception cref="IOException">if a file cannot be written</exception>
    public static ImmutableArray<string> Write(
        string folder, IEnumerable<TensorData> tensors, long shardBytes = DefaultShardBytes, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shardBytes);
        var shards = Deal(tensors.OrderBy(t => t.Name, StringComparer.Ordinal), shardBytes);
        if (shards.Count > 99_999) throw new ArgumentException($"{shards.Count} shards are more than names of five digits can count", nameof(shardBytes));
        var set = new ShardSet(Stem, 5, shards.Count, ".safetensors");
        ImmutableArray<string> names = shards.Count == 1 ? [Whole] : [.. set.Files];
        Directory.CreateDirectory(folder);
        File.Delete(Path.Combine(folder, Index)); // an older index must not speak of newer shards
        foreach (var (name, shard) in names.Zip(shards)) SafetensorsWriter.Write(Path.Combine(folder, name), shard, metadata);
        foreach (var old in Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Where(IsOurs).Except(names).ToList())
            File.Delete(Path.Combine(folder, old));
        if (shards.Count > 1) WriteIndex(Path.Combine(folder, Index), names, shards);
        return names;
    }

    private static bool IsOurs(string file) => file == Whole || ShardSet.Of(file) is { Stem: Stem, Extension: ".safetensors" };

    private static List<List<TensorData>> Deal(IEnumerable<TensorData> tensors, long most)
    {
        List<List<TensorData>> shards = [[]];
        var (bytes, last) = (0L, "");
        foreach (var tensor in tensors)
        {
            if (tensor.Name == last) throw new ArgumentException($"two tensors are called `{last}`", nameof(tensors));
            if (shards[^1].Count > 0 && tensor.Length > most - bytes)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            (bytes, last) = (bytes + tensor.Length, tensor.Name);
        }
        return shards;
    }

    private static void WriteIndex(string path, ImmutableArray<string> names, List<List<TensorData>> shards)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", shards.Sum(s => s.Sum(t => t.Length)));
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach (var (name, shard) in names.Zip(shards))
                foreach (var tensor in shard) json.WriteString(tensor.Name, name);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        var partial = path + ".partial";
        File.WriteAllBytes(partial, text.ToArray());
        File.Move(partial, path, overwrite: true);
    }
}
