using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics;

/// <summary>
/// The form of diagnostics that programs read. The schema only grows: an object with <c>errors</c> and <c>warnings</c> (counts) and <c>diagnostics</c>,
/// each with <c>code</c>, <c>severity</c>, <c>message</c>, <c>primary</c>, <c>secondary</c>, <c>help</c> and <c>fix</c>. Lines and columns count from 1,
/// columns in UTF-16 units, an end is after the last character.
/// </summary>
public static class JsonRenderer
{
    /// <summary>One JSON document for all findings, in the order of <see cref="DiagnosticOrder"/>.</summary>
    public static string Render(IEnumerable<Diagnostic> diagnostics)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json, diagnostics);
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    /// <summary>Writes the same object as part of a larger document.</summary>
    public static void Write(Utf8JsonWriter json, IEnumerable<Diagnostic> diagnostics)
    {
        var all = DiagnosticOrder.Sort(diagnostics);
        json.WriteStartObject();
        json.WriteNumber("errors", all.Count(d => d.Severity == Severity.Error));
        json.WriteNumber("warnings", all.Count(d => d.Severity == Severity.Warning));
        json.WriteStartArray("diagnostics");
        foreach (var diagnostic in all)
            Write(json, diagnostic);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Diagnostic d)
    {
        json.WriteStartObject();
        json.WriteString("code", d.Code);
        json.WriteString("severity", d.Severity == Severity.Error ? "error" : "warning");
        json.WriteString("message", d.Message);
        json.WriteStartObject("primary");
        WriteLabel(json, d.Primary);
        json.WriteEndObject();
        json.WriteStartArray("secondary");
        foreach (var label in d.Secondary)
        {
            json.WriteStartObject();
            WriteLabel(json, label);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("help", d.Help);
        if (d.Fix is { } fix)
        {
            json.WriteStartObject("fix");
            WriteSpan(json, fix.Span);
            json.WriteString("title", fix.Title);
            json.WriteString("replacement", fix.Replacement);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("fix");
        }
        json.WriteEndObject();
    }

    private static void WriteLabel(Utf8JsonWriter json, Label label)
    {
        WriteSpan(json, label.Span);
        json.WriteString("text", label.Text);
    }

    /// <summary>A finding without a place (about the command line, or a file without lines) has a null path or no start and end.</summary>
    private static void WriteSpan(Utf8JsonWriter json, Span span)
    {
        json.WriteString("path", span.Source?.Path);
        WritePosition(json, "start", span.Source?.PositionOf(span.Start));
        WritePosition(json, "end", span.Source?.PositionOf(Math.Max(span.Start, span.End)));
    }

    private static void WritePosition(Utf8JsonWriter json, string name, LinePosition? position)
    {
        if (position is not { } p)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteNumber("line", p.Line + 1);
        json.WriteNumber("col", p.Column + 1);
        json.WriteEndObject();
    }
}
