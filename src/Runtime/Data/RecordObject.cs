using System.Collections.Immutable;
using System.Text.Json;

namespace Mllm.Runtime.Data;

/// <summary>One JSON object of a record, whose members are asked for by name; what is not as expected names the record's place.</summary>
internal sealed class RecordObject
{
    private readonly JsonElement _element;
    private readonly string _name;

    public RecordObject(JsonElement element, RecordPlace place, string name)
    {
        (_element, Place, _name) = (element, place, name);
        if (element.ValueKind != JsonValueKind.Object)
            throw new DataException(place, $"{name} is {KindOf(element)}: expected an object {{...}}");
    }

    public RecordPlace Place { get; }

    /// <summary>Those of the names that the object has with a value other than null.</summary>
    public IEnumerable<string> Present(params string[] names) => names.Where(n => Member(n) is not null);

    public JsonElement? Member(string name) =>
        _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A member that is a text with more than white space in it.</summary>
    public string Text(string name) => Text(Member(name) ?? throw Wrong($"lacks `{name}`"), name);

    public string Text(JsonElement value, string name)
    {
        if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            throw Wrong($"has `{name}` as {KindOf(value)}: expected a text");
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return string.IsNullOrWhiteSpace(text) ? throw Wrong($"has an empty `{name}`") : text;
    }

    /// <summary>The elements of a list that is not empty.</summary>
    public ImmutableArray<JsonElement> Items(string name)
    {
        var value = Member(name) ?? throw Wrong($"lacks `{name}`");
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong($"has `{name}` as {KindOf(value)}: expected a list [...]");
        return value.GetArrayLength() > 0 ? [.. value.EnumerateArray()] : throw Wrong($"has an empty `{name}`");
    }

    /// <summary>The pictures of <c>image</c> (a path or a list), <c>images</c> or <c>file_name</c>; none where it has none of them.</summary>
    public ImmutableArray<string> Pictures() => Present("image", "images").ToArray() switch
    {
        [] => Member("file_name") is { } file ? [Picture(file, "file_name")] : [],
        [var name] when Member(name) is { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select((p, i) => Picture(p, $"{name}[{i}]"))],
        ["image"] => [Picture(Member("image")!.Value, "image")],
        ["images"] => throw Wrong($"has `images` as {KindOf(Member("images")!.Value)}: expected a list of paths"),
        _ => throw Wrong("has `image` and `images`: expected one of them"),
    };

    /// <summary>A picture's absolute path; a relative one begins at the record's file.</summary>
    public string Picture(JsonElement value, string name)
    {
        var path = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong($"has `{name}` as {KindOf(value)}: expected a picture's path");
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
            throw Wrong($"has no path in `{name}`");
        if (path.Contains("://", StringComparison.Ordinal) || path.StartsWith("data:", StringComparison.Ordinal))
            throw Wrong($"has an address in `{name}`: expected a file's path");
        return Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(Place.File))!);
    }

    public DataException Wrong(string what) => new(Place, $"{_name} {what}");

    private static string KindOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };
}
