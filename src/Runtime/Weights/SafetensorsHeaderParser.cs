using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Mllm.Runtime.Weights;

/// <summary>
/// Reads a header's JSON token by token: a document model would drop duplicate keys, and a file whose tensor depends on
/// which of two equal keys a reader prefers is not one to trust.
/// </summary>
internal sealed class SafetensorsHeaderParser(string file, long dataStart)
{
    // A hostile header can hold a million mistakes; the first few tell the story.
    private const int MostErrors = 20;

    public List<TensorEntry> Entries { get; } = [];

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public List<WeightsError> Errors { get; } = [];

    /// <summary>Fills <see cref="Entries"/>, <see cref="Metadata"/> and <see cref="Errors"/>.</summary>
    public void Parse(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            Errors.Add(SafetensorsErrors.NotJson(file, "the header is not UTF-8 text"));
            return;
        }
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            Errors.Add(SafetensorsErrors.NotAnObject(file, json));
            return;
        }
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        try
        {
            reader.Read();
            ReadTensors(ref reader);
            while (Errors.Count < MostErrors && reader.Read()) { }
        }
        catch (JsonException e)
        {
            Errors.Add(SafetensorsErrors.NotJson(file, $"not valid JSON at byte {reader.BytesConsumed}: {Reason(e)}"));
        }
    }

    private void ReadTensors(ref Utf8JsonReader reader)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (Errors.Count < MostErrors && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = StrictJson.String(ref reader);
            reader.Read();
            if (name is null) Report(SafetensorsErrors.BadEntry(file, "", "a name is not valid Unicode"));
            else if (!names.Add(name)) Report(SafetensorsErrors.DuplicateKey(file, name));
            else if (name == "__metadata__") ReadMetadata(ref reader);
            else if (name.Length == 0) Report(SafetensorsErrors.BadEntry(file, name, "a tensor has an empty name"));
            else ReadEntry(ref reader, name);
            StrictJson.SkipValue(ref reader);
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Report(SafetensorsErrors.BadMetadata(file, "it", StrictJson.Kind(reader.TokenType)));
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = StrictJson.String(ref reader);
            reader.Read();
            var value = reader.TokenType == JsonTokenType.String ? StrictJson.String(ref reader) : null;
            if (key is null || value is null)
                Report(SafetensorsErrors.BadMetadata(file, $"`{WeightsError.Shown(key ?? "")}`", StrictJson.Kind(reader.TokenType)));
            else if (!Metadata.TryAdd(key, value))
                Report(SafetensorsErrors.DuplicateKey(file, $"__metadata__.{key}"));
            StrictJson.SkipValue(ref reader);
        }
    }

    private void ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Report(SafetensorsErrors.BadEntry(file, name, $"it is {StrictJson.Kind(reader.TokenType)}, not an object"));
            return;
        }
        var before = Errors.Count;
        string? dtype = null;
        ImmutableArray<long>? shape = null, offsets = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = StrictJson.String(ref reader) ?? "";
            reader.Read();
            if (!seen.Add(key)) Report(SafetensorsErrors.DuplicateKey(file, $"{name}.{key}"));
            else if (key == "dtype") dtype = ReadDtype(ref reader, name);
            else if (key == "shape") shape = ReadNumbers(ref reader, name, key);
            else if (key == "data_offsets") offsets = ReadNumbers(ref reader, name, key);
            else Report(SafetensorsErrors.BadEntry(file, name, $"unknown field `{WeightsError.Shown(key)}`"));
            StrictJson.SkipValue(ref reader);
        }
        foreach (var field in (string[])["dtype", "shape", "data_offsets"])
        {
            if (!seen.Contains(field)) Report(SafetensorsErrors.BadEntry(file, name, $"`{field}` is missing"));
        }
        if (Errors.Count == before) AddEntry(name, dtype!, shape!.Value, offsets!.Value);
    }

    private void AddEntry(string name, string dtypeName, ImmutableArray<long> shape, ImmutableArray<long> offsets)
    {
        if (!WeightDtypes.TryParse(dtypeName, out var dtype))
            Report(SafetensorsErrors.UnknownDtype(file, name, dtypeName));
        else if (StrictJson.Product(shape, dtype.Size()) is not { } needed)
            Report(SafetensorsErrors.BadShape(file, name, $"its size in bytes overflows: {TensorEntry.Print(shape)}"));
        else if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > long.MaxValue - dataStart)
            Report(SafetensorsErrors.BadOffsets(file, name, offsets));
        else if (offsets[1] - offsets[0] != needed)
            Report(SafetensorsErrors.WrongLength(file, name, dtype, shape, offsets[1] - offsets[0], needed));
        else
            Entries.Add(new TensorEntry(name, dtype, shape, dataStart + offsets[0], needed));
    }

    private string? ReadDtype(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType == JsonTokenType.String && StrictJson.String(ref reader) is { } dtype) return dtype;
        Report(SafetensorsErrors.BadEntry(file, name, $"`dtype` is {StrictJson.Kind(reader.TokenType)}, not a name"));
        return null;
    }

    private ImmutableArray<long>? ReadNumbers(ref Utf8JsonReader reader, string name, string field)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            Report(SafetensorsErrors.BadEntry(file, name, $"`{field}` is {StrictJson.Kind(reader.TokenType)}, not an array"));
            return null;
        }
        var depth = reader.CurrentDepth;
        var numbers = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0)
            {
                numbers.Add(number);
                continue;
            }
            var text = reader.TokenType == JsonTokenType.Number
                ? WeightsError.Shown(Encoding.UTF8.GetString(reader.ValueSpan))
                : StrictJson.Kind(reader.TokenType);
            Report(field == "shape"
                ? SafetensorsErrors.BadShape(file, name, $"{text} is not a size")
                : SafetensorsErrors.BadEntry(file, name, $"{text} in `{field}` is not a position"));
            StrictJson.SkipToArrayEnd(ref reader, depth);
            return null;
        }
        return numbers.ToImmutable();
    }

    private void Report(WeightsError error)
    {
        if (Errors.Count < MostErrors) Errors.Add(error);
    }

    // The library appends its own position to the sentence; ours counts from the header's start.
    private static string Reason(JsonException e) => e.Message.Split(" LineNumber:")[0].TrimEnd('.');
}
