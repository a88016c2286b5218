using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Planning;

/// <summary>A plan as JSON. A polynomial is <c>{ "symbolic", "formula", "at" }</c>: over the input's sizes, over hyperparameters too, and as a number.</summary>
internal static class PlanJson
{
    public static string Print(Plan plan, PlanPoint point)
    {
        var sizes = point.Sizes(plan);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("model", plan.Model);
            json.WriteString("variant", plan.Variant);
            json.WriteStartObject("at");
            foreach (var (name, size) in sizes.OrderBy(s => s.Key, StringComparer.Ordinal))
                json.WriteNumber(name, size);
            json.WriteEndObject();
            Write(json, "parameters", plan.Parameters);
            WriteParts(json, "components", plan.Components);
            json.WriteStartArray("stages");
            foreach (var stage in plan.Stages)
            {
                json.WriteStartObject();
                json.WriteString("name", stage.Name);
                Write(json, "trained", stage.Trained);
                WriteParts(json, "components", stage.Components);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            WriteBytes(json, "weight_bytes", plan.Parameters.Count);
            WriteBytes(json, "cache_bytes_per_position", plan.CachedElements.Value);
            Write(json, "constant_elements", plan.ConstantElements, sizes);
            Write(json, "kept_elements", plan.KeptElements, sizes);
            json.WriteStartArray("visual_tokens_per_image");
            foreach (var injection in plan.Injections)
            {
                json.WriteStartObject();
                json.WriteString("injection", injection.Name);
                Write(json, "tokens", injection.TokensPerImage, sizes);
                json.WriteBoolean("positions_of_the_decoder", injection.InSequence);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartObject("operations");
            Write(json, "encode", plan.Encode, sizes);
            Write(json, "media", plan.Media, sizes);
            Write(json, "prefill", plan.Prefill, sizes);
            Write(json, "decode", plan.Decode, sizes);
            json.WriteEndObject();
            json.WriteStartArray("scores");
            foreach (var score in plan.Scores)
            {
                json.WriteStartObject();
                json.WriteString("task", score.Name);
                Write(json, "operations", score.Operations, sizes);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            Write(json, "context", plan.Context);
            Write(json, "largest_image_count", plan.LargestImageCount(point.Text));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, string name, Quantity quantity)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", quantity.Count);
        json.WriteString("formula", quantity.Formula);
        json.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter json, string name, IEnumerable<ComponentPlan> parts)
    {
        json.WriteStartArray(name);
        foreach (var part in parts)
        {
            json.WriteStartObject();
            json.WriteString("name", part.Name);
            json.WriteString("role", part.Role);
            Write(json, "parameters", part.Parameters);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteBytes(Utf8JsonWriter json, string name, long? elements)
    {
        json.WriteStartObject(name);
        foreach (var type in StorageType.All)
            if (elements is { } count)
                json.WriteNumber(type.Name, checked(count * type.Bytes));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Dim? size, IReadOnlyDictionary<string, long> sizes)
    {
        if (size is not { } polynomial)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteString("symbolic", polynomial.ToString());
        json.WriteString("formula", polynomial.Formula);
        try
        {
            json.WriteNumber("at", polynomial.Evaluate(sizes));
        }
        catch (Exception e) when (e is OverflowException or KeyNotFoundException)
        {
            json.WriteNull("at");
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value)
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
