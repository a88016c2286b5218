using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mllm.Cli;

/// <summary>Documents in the one style that all commands write: readable beyond ASCII, line breaks alike on every system.</summary>
internal static class JsonText
{
    /// <summary>What <paramref name="write"/> writes, as text that ends in a line break; on one line where it is one of many documents.</summary>
    public static string Of(Action<Utf8JsonWriter> write, bool isOneLine = false)
    {
        var options = new JsonWriterOptions { Indented = !isOneLine, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, options))
            write(json);
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    /// <summary>An object with the members that <paramref name="write"/> writes.</summary>
    public static string Object(Action<Utf8JsonWriter> write, bool isOneLine = false) => Of(
        json =>
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        },
        isOneLine);

    /// <summary>A member that is a list.</summary>
    public static void WriteList<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
            write(item);
        json.WriteEndArray();
    }

    /// <summary>A member that is a number, or null where there is none; JSON has no infinities and nothing that is no number.</summary>
    public static void Number(this Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
