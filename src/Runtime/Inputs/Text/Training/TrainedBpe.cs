using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mllm.Runtime.Inputs;

/// <summary>A learnt vocabulary and its merges, in the order of their ranks.</summary>
/// <param name="Tokens">By id, in GPT-2's spelling of bytes: the 256 bytes, then what merges made.</param>
/// <param name="Merges">The two tokens of each merge.</param>
public sealed record TrainedBpe(ImmutableArray<string> Tokens, ImmutableArray<TokenPair> Merges)
{
    /// <summary>Hugging Face's <c>tokenizer.json</c>: byte-level BPE without tokens of its own (models add theirs after the last id).</summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            json.WriteStartArray("added_tokens");
            json.WriteEndArray();
            json.WriteNull("normalizer");
            ByteLevel(json, "pre_tokenizer");
            json.WriteNull("post_processor");
            ByteLevel(json, "decoder");
            Model(json);
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    /// <summary>Writes <see cref="ToJson"/> to <paramref name="path"/>: the whole file, or none.</summary>
    /// <exception cref="IOException">The folder is missing or full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Save(string path)
    {
        string partial = path + ".partial";
        try
        {
            File.WriteAllBytes(partial, ToJson());
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static void ByteLevel(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }

    private void Model(Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteString("continuing_subword_prefix", "");
        json.WriteString("end_of_word_suffix", "");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteStartObject("vocab");
        for (int id = 0; id < Tokens.Length; id++)
        {
            json.WriteNumber(Tokens[id], id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach ((int left, int right) in Merges)
        {
            json.WriteStringValue($"{Tokens[left]} {Tokens[right]}");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
