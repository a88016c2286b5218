using System.Collections.Immutable;
using System.Text.Json;

namespace Mllm.Runtime.Weights;

/// <summary>The few steps that reading JSON by hand needs, none of which throws anything but <see cref="JsonException"/>.</summary>
internal static class StrictJson
{
    /// <summary>The string or property name that the reader stands on; null where its escapes are not valid Unicode.</summary>
    public static string? String(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // half of a surrogate pair, written as \ud800
        }
    }

    /// <summary>Moves to the end of the value that the reader stands on, so that one bad value does not hide the next.</summary>
    public static void SkipValue(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) reader.Skip();
    }

    /// <summary>Moves to the end of the array that began at <paramref name="depth"/> and that the reader is inside of.</summary>
    public static void SkipToArrayEnd(ref Utf8JsonReader reader, int depth)
    {
        while (reader.TokenType != JsonTokenType.EndArray || reader.CurrentDepth != depth) reader.Read();
    }

    /// <summary>What kind of value a token begins, in words.</summary>
    public static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject or JsonTokenType.EndObject => "an object",
        JsonTokenType.StartArray or JsonTokenType.EndArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };

    /// <summary>The product of sizes and a unit, or null where it does not fit 63 bits.</summary>
    public static long? Product(ImmutableArray<long> sizes, long unit)
    {
        var product = unit;
        foreach (var size in sizes)
        {
            var wide = (Int128)product * size;
            if (wide > long.MaxValue) return null;
            product = (long)wide;
        }
        return product;
    }
}
