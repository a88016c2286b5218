using System.Text.Json;
using System.Text.Unicode;

namespace Mllm.Runtime.Inputs;

/// <summary>A value of a JSON file and where it stands, so that what is wrong with it can be said with its path.</summary>
internal readonly record struct JsonPart(JsonElement Element, string Path)
{
    /// <summary>Parses a whole file, with or without a byte order mark.</summary>
    public static JsonPart Parse(byte[] utf8)
    {
        ReadOnlyMemory<byte> text = utf8.AsSpan().StartsWith("\uFEFF"u8) ? utf8.AsMemory(3) : utf8;
        return Utf8.IsValid(text.Span)
            ? new(JsonDocument.Parse(text).RootElement, "the file")
            : throw new UnusableInputException("not valid JSON: it is not UTF-8 text");
    }

    /// <summary>The part's own kind of thing, from its <c>type</c>.</summary>
    public string Type => Text("type");

    /// <summary>The named member, or null where it is missing or null.</summary>
    public JsonPart? Child(string name)
    {
        if (Element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("an object");
        }

        return Element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? new(member, $"{Path}.{name}")
            : null;
    }

    /// <summary>The named member, which must be there.</summary>
    public JsonPart Required(string name) =>
        Child(name) ?? throw new UnusableInputException($"{Path} has no {name}");

    /// <summary>How many items the list has.</summary>
    public int Length => Element.ValueKind == JsonValueKind.Array ? Element.GetArrayLength() : throw Wrong("a list");

    public IEnumerable<JsonPart> Items()
    {
        string path = Path;
        return Elements().Select((item, i) => new JsonPart(item, $"{path}[{i}]"));
    }

    public IEnumerable<(string Name, JsonPart Value)> Members()
    {
        string path = Path;
        return Properties().Select(member => (Name(member), new JsonPart(member.Value, $"{path}.{Name(member)}")));
    }

    /// <summary>The items of a long list, without a path for each.</summary>
    public JsonElement.ArrayEnumerator Elements() =>
        Element.ValueKind == JsonValueKind.Array ? Element.EnumerateArray() : throw Wrong("a list");

    /// <summary>The members of a large object, without a path for each.</summary>
    public JsonElement.ObjectEnumerator Properties() =>
        Element.ValueKind == JsonValueKind.Object ? Element.EnumerateObject() : throw Wrong("an object");

    public string Text(string name) => Required(name).AsText();

    public string Text(string name, string fallback) => Child(name)?.AsText() ?? fallback;

    public bool Flag(string name, bool fallback) => Child(name) switch
    {
        null => fallback,
        { Element.ValueKind: JsonValueKind.True } => true,
        { Element.ValueKind: JsonValueKind.False } => false,
        { } other => throw other.Wrong("true or false"),
    };

    public int Number(string name) => Required(name).AsNumber();

    public int Number(string name, int fallback) => Child(name)?.AsNumber() ?? fallback;

    /// <summary>One character, such as the blank's replacement.</summary>
    public char Character(string name, char fallback) => Child(name) is not { } part ? fallback
        : part.AsText() is { Length: 1 } text ? text[0]
        : throw part.Wrong("one character");

    public string AsText()
    {
        try
        {
            return Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Wrong("a string");
        }
        catch (InvalidOperationException)
        {
            throw NoText();
        }
    }

    /// <summary>The name of a member of a large object.</summary>
    public static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw NoText();
        }
    }

    public int AsNumber() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int number) ? number : throw Wrong("a whole number");

    public double AsReal() => Element.ValueKind == JsonValueKind.Number ? Element.GetDouble() : throw Wrong("a number");

    /// <summary>The error for a part of the wrong kind.</summary>
    public UnusableInputException Wrong(string expected)
    {
        string found = Element.GetRawText();
        return new($"{Path} is {(found.Length > 60 ? found[..60] + "..." : found)}, expected {expected}");
    }

    /// <summary>The error for a kind of thing that is not implemented.</summary>
    public UnusableInputException NotSupported(string what, string accepted) =>
        new($"{Path}: the {what} {Type} is not supported; supported are {accepted}");

    private static UnusableInputException NoText() => new("a string holds half of a surrogate pair");
}
