using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Import;

/// <summary>A value of a configuration file where it stands: what findings about it point to.</summary>
/// <param name="Path">Its keys from the outermost, joined by dots; empty for the whole file.</param>
/// <param name="Key">Where its key stands; the value itself for an element of a list and for the whole.</param>
/// <param name="Span">The value.</param>
/// <param name="Members">An object's; elements of lists are left out, as nothing refers to one of them.</param>
internal sealed record ConfigNode(string Path, Span Key, Span Span, JsonValueKind Kind, ImmutableArray<ConfigNode> Members)
{
    /// <summary>Whether it says nothing: null, or empty.</summary>
    public bool IsNothing => Kind == JsonValueKind.Null || Kind == JsonValueKind.Object && Members.IsEmpty || Kind == JsonValueKind.Array && Span.Text.AsSpan()[1..^1].IsWhiteSpace();

    /// <summary>A string's characters; null for another value.</summary>
    public string? Text => Kind == JsonValueKind.String ? JsonDocument.Parse(Span.Text).RootElement.GetString() : null;

    /// <summary>The last of the nodes with a key, as Python's reader has it; null where there is none.</summary>
    public ConfigNode? Find(string key) => Members.LastOrDefault(m => m.Path == (Path.Length == 0 ? key : $"{Path}.{key}"));

    /// <summary>The node at a dotted path below this one; null where there is none.</summary>
    public ConfigNode? At(string path) => path.Length == 0 ? this : path.Split('.').Aggregate((ConfigNode?)this, (node, key) => node?.Find(key));
}

/// <summary>A reference configuration as values and as places.</summary>
internal sealed record ConfigFile(JsonElement Json, ConfigNode Root)
{
    public string? ModelType => Text("model_type");

    /// <summary>The text of an outermost key; null where there is none, or something else.</summary>
    public string? Text(string key) => Json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Reads a file; the value is null (and there is a finding) when it is not a JSON object.</summary>
    public static Stage<ConfigFile?> Parse(SourceText source)
    {
        try
        {
            var root = new Reader(source).Read();
            if (root.Kind == JsonValueKind.Object)
                return new(new ConfigFile(JsonDocument.Parse(source.Text).RootElement, root), []);
            return new(null, [ImportErrors.NotJson(root.Span, "a configuration is an object: `{ \"model_type\": ... }`")]);
        }
        catch (JsonException e)
        {
            return new(null, [ImportErrors.NotJson(PlaceOf(e, source), Sentence(e.Message))]);
        }
        catch (UnusableException e)
        {
            return new(null, [ImportErrors.NotJson(e.Span, e.Message)]);
        }
    }

    private static Span PlaceOf(JsonException e, SourceText source)
    {
        var line = (int)Math.Clamp(e.LineNumber ?? 0, 0, source.LineCount - 1);
        var text = source.LineText(line);
        var start = source.Text.Length;
        for (var (i, at) = (0, 0); i < source.Text.Length && at <= line; i++)
        {
            if (at == line)
            {
                start = i;
                break;
            }
            at += source.Text[i] == '\n' ? 1 : 0;
        }
        var column = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan()[..(int)Math.Clamp(e.BytePositionInLine ?? 0, 0, Encoding.UTF8.GetByteCount(text))]).Length;
        var place = Math.Min(start + Math.Min(column, text.Length), source.Text.Length);
        return new Span(source, place, Math.Min(place + 1, source.Text.Length));
    }

    /// <summary>The reader's own explanation, without the places that it repeats.</summary>
    private static string Sentence(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
    }

    private sealed class UnusableException(string message, Span span) : Exception(message)
    {
        public Span Span => span;
    }

    private sealed class Reader(SourceText source)
    {
        private readonly byte[] _bytes = Encoding.UTF8.GetBytes(source.Text);
        private int _byte, _char;

        public ConfigNode Read()
        {
            var reader = new Utf8JsonReader(_bytes);
            reader.Read();
            var root = Value(ref reader, "", null);
            reader.Read();
            return root;
        }

        /// <summary>Reads the value that the reader stands at, and stays at its end.</summary>
        private ConfigNode Value(ref Utf8JsonReader reader, string path, Span? key)
        {
            var start = CharAt(reader.TokenStartIndex);
            var members = ImmutableArray.CreateBuilder<ConfigNode>();
            var kind = JsonValueKind.Null;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    kind = JsonValueKind.Object;
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                    {
                        var name = Text(ref reader);
                        var span = TokenSpan(ref reader);
                        reader.Read();
                        members.Add(Value(ref reader, path.Length == 0 ? name : $"{path}.{name}", span));
                    }
                    break;
                case JsonTokenType.StartArray:
                    kind = JsonValueKind.Array;
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                        Value(ref reader, path, null);
                    break;
                case JsonTokenType.String:
                    kind = JsonValueKind.String;
                    Text(ref reader);
                    break;
                case JsonTokenType.Number:
                    kind = JsonValueKind.Number;
                    if (!reader.TryGetDouble(out var number) || !double.IsFinite(number))
                        throw new UnusableException("no number is as large", TokenSpan(ref reader));
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    kind = JsonValueKind.True;
                    break;
            }
            var whole = new Span(source, start, CharAt(reader.BytesConsumed));
            return new ConfigNode(path, key ?? whole, whole, kind, members.ToImmutable());
        }

        private string Text(ref Utf8JsonReader reader)
        {
            try
            {
                return reader.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw new UnusableException("these escapes are no text: half of a surrogate pair", TokenSpan(ref reader));
            }
        }

        private Span TokenSpan(ref Utf8JsonReader reader)
        {
            var start = CharAt(reader.TokenStartIndex);
            var length = Encoding.UTF8.GetCharCount(reader.ValueSpan) + (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? 2 : 0);
            return new Span(source, start, start + length);
        }

        /// <summary>The character at a byte; asked in ascending order.</summary>
        private int CharAt(long index)
        {
            _char += Encoding.UTF8.GetCharCount(_bytes.AsSpan(_byte, (int)index - _byte));
            _byte = (int)index;
            return _char;
        }
    }
}
