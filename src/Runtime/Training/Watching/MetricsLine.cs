using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mllm.Runtime.Training.Watching;

/// <summary>One line of metrics.jsonl: what a step gave. A number that is no number (NaN, infinite) is null in the file and NaN here.</summary>
public sealed record MetricsLine(
    string Stage, long Step, double Loss, ImmutableArray<KeyValuePair<string, double>> Terms,
    double LearningRate, double GradientNorm, long Tokens, long Images, double Seconds)
{
    private static readonly JsonWriterOptions Style = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line of a step.</summary>
    public static MetricsLine Of(StepReport report) => new(
        report.Stage, report.Step, report.Loss, report.Terms, report.LearningRate, report.GradientNorm, report.Tokens, report.Images, report.Seconds);

    /// <summary>The line in UTF-8, its line break included.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Style))
        {
            json.WriteStartObject();
            json.WriteString("stage", Stage);
            json.WriteNumber("step", Step);
            Number(json, "loss", Loss);
            json.WriteStartObject("terms");
            foreach (var (name, value) in Terms)
                Number(json, name, value);
            json.WriteEndObject();
            Number(json, "lr", LearningRate);
            Number(json, "grad_norm", GradientNorm);
            json.WriteNumber("tokens", Tokens);
            json.WriteNumber("images", Images);
            Number(json, "seconds", Math.Round(Seconds, 6));
            Number(json, "tokens_per_s", Seconds > 0 ? Math.Round(Tokens / Seconds, 3) : 0);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    /// <summary>Reads a line without its break; null where it is not one that <see cref="ToBytes"/> wrote, such as a torn one.</summary>
    public static MetricsLine? Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return new MetricsLine(
                root.GetProperty("stage").GetString()!, root.GetProperty("step").GetInt64(), Number(root.GetProperty("loss")),
                [.. root.GetProperty("terms").EnumerateObject().Select(t => KeyValuePair.Create(t.Name, Number(t.Value)))],
                Number(root.GetProperty("lr")), Number(root.GetProperty("grad_norm")),
                root.GetProperty("tokens").GetInt64(), root.GetProperty("images").GetInt64(), Number(root.GetProperty("seconds")));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        // JSON has no NaN; a text in its place would break the column's type for every reader.
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();
}
