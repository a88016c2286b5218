using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Runtime.Evaluation;

namespace Mllm.Cli.Commands;

/// <summary>An evaluation as one JSON document; <c>docs/evaluation.md</c> describes it.</summary>
internal static class EvalJson
{
    public static string Of(EvalReport report) => JsonText.Object(json =>
    {
        SetupJson.Write(json, report.Setup);
        json.WriteString("data", report.Data);
        json.WriteNumber("records", report.Records);
        json.WriteNumber("left_out", report.Skipped);
        json.WriteStartObject("figures");
        Write(json, report.Figures);
        json.WriteEndObject();
        json.WriteList("by", report.By, group =>
        {
            json.WriteStartObject();
            json.WriteString("value", group.Value);
            Write(json, group.Figures);
            json.WriteEndObject();
        });
        json.WriteNumber("load_seconds", report.LoadSeconds);
        json.WriteNumber("seconds", report.Seconds);
    });

    private static void Write(Utf8JsonWriter json, ImmutableArray<Figure> figures)
    {
        foreach (var figure in figures)
        {
            json.WriteStartObject(figure.Key);
            json.Number("value", figure.Value);
            json.WriteNumber("count", figure.Count);
            json.WriteString("unit", figure.Unit);
            if (figure.Chance is { } chance)
                json.WriteNumber("chance", chance);
            json.WriteEndObject();
        }
    }
}
