using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mllm.Runtime.Weights;

/// <summary>Writes safetensors files. Equal tensors and metadata give equal bytes, in whichever order they come.</summary>
public static class SafetensorsWriter
{
    // The widest vector registers load 64 bytes at once; the format asks only that padding be spaces.
    private const int Alignment = 64;

    /// <summary>
    /// Writes a file beside its final place and then renames it, so that a reader finds the old file or the new one and
    /// never a part. In the header tensors stand by name; their bytes stand by falling element size and then by name, so that
    /// each begins at a multiple of its element size.
    /// </summary>
    /// <param name="path">The file; one that exists is replaced. Its folder must exist.</param>
    /// <param name="tensors">The tensors, of distinct names.</param>
    /// <param name="metadata">Free text to keep with them; null for none.</param>
    /// <exception cref="ArgumentException">if two tensors have one name, or the header would be longer than readers accept</exception>
    /// <exception cref="IOException">if the file cannot be written; nothing is left behind then</exception>
    public static void Write(string path, IEnumerable<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var inOrder = tensors.OrderByDescending(t => t.Dtype.Size()).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        var header = Header(inOrder, metadata);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var partial = Path.Combine(folder, $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.partial");
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                Span<byte> length = stackalloc byte[SafetensorsHeader.PrefixLength];
                BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
                stream.Write(length);
                stream.Write(header);
                foreach (var tensor in inOrder)
                {
                    var end = stream.Position + tensor.Length;
                    tensor.WriteTo(stream);
                    if (stream.Position != end)
                        throw new InvalidOperationException($"`{tensor.Name}` did not write its {tensor.Length} bytes");
                }
                stream.Flush(flushToDisk: true);
            }
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static byte[] Header(List<TensorData> inOrder, IReadOnlyDictionary<string, string>? metadata)
    {
        var offsets = new SortedDictionary<string, (TensorData Tensor, long Begin)>(StringComparer.Ordinal);
        var end = 0L;
        foreach (var tensor in inOrder)
        {
            if (!offsets.TryAdd(tensor.Name, (tensor, end))) throw new ArgumentException($"two tensors are called `{tensor.Name}`");
            end = checked(end + tensor.Length);
        }
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(json, metadata);
            foreach (var (name, (tensor, begin)) in offsets) WriteEntry(json, name, tensor, begin);
            json.WriteEndObject();
        }
        while ((SafetensorsHeader.PrefixLength + text.Length) % Alignment != 0) text.WriteByte((byte)' ');
        if (text.Length > SafetensorsHeader.LongestHeader) throw new ArgumentException("the header is longer than readers accept");
        return text.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, TensorData tensor, long begin)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", tensor.Dtype.ToString());
        json.WriteStartArray("shape");
        foreach (var size in tensor.Shape) json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(begin + tensor.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
