using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Mllm.Runtime.Weights;

/// <summary>A report as JSON, complete: every tensor is listed, nothing is grouped.</summary>
internal static class LoadReportJson
{
    public static string Render(LoadReport report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("source", report.Source);
            json.WriteNumber("files", report.Files);
            json.WriteNumber("tensors", report.Tensors);
            json.WriteNumber("bytes", report.Bytes);
            json.WriteString("map", report.Map);
            json.WriteBoolean("complete", report.IsComplete);
            json.WriteBoolean("exact", report.IsExact);
            WriteCounts(json, report);
            List(json, "loaded", report.Loaded, l => (l.Path, l.Tensor));
            List(json, "wrong_shape", report.WrongShapes, w => (w.Path, w.Tensor), (j, w) => Shape(j, "expected", w.Expected));
            List(json, "wrong_dtype", report.WrongDtypes, w => (w.Path, w.Tensor));
            List(json, "unexpected", report.Unexpected, t => (null, t));
            List(json, "ignored", report.Ignored, t => (null, t));
            List(json, "missing", report.Missing, m => (m.Path, null), (j, m) =>
            {
                j.WriteString("name", m.Name);
                Shape(j, "shape", m.Shape);
            });
            List(json, "shared", report.Shared, _ => (null, null), (j, s) =>
            {
                j.WriteString("name", s.Name);
                Strings(j, "paths", s.Paths);
            });
            List(json, "renames", report.Renames, _ => (null, null), (j, r) =>
            {
                j.WriteString("from", r.From);
                j.WriteString("to", r.To);
                j.WriteNumber("count", r.Matches.Length);
            });
            List(json, "maps_tried", report.Tried, _ => (null, null), (j, t) =>
            {
                j.WriteString("map", t.Map);
                j.WriteNumber("loaded", t.Loaded);
            });
            List(json, "parts", report.Parts, _ => (null, null), (j, p) =>
            {
                j.WriteString("source", p.Source);
                j.WriteString("map", p.Map);
                j.WriteNumber("overridden", p.Overridden);
                List(j, "components", p.Components, _ => (null, null), (k, c) =>
                {
                    k.WriteString("component", c.Component);
                    k.WriteNumber("parameters", c.Parameters);
                });
            });
            Strings(json, "aside", report.Aside);
            Strings(json, "idle_ignores", report.IdleIgnores);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteCounts(Utf8JsonWriter json, LoadReport report)
    {
        json.WriteStartObject("counts");
        json.WriteNumber("loaded", report.Loaded.Length);
        json.WriteNumber("missing", report.Missing.Length);
        json.WriteNumber("wrong_shape", report.WrongShapes.Length);
        json.WriteNumber("wrong_dtype", report.WrongDtypes.Length);
        json.WriteNumber("unexpected", report.Unexpected.Length);
        json.WriteNumber("ignored", report.Ignored.Length);
        json.WriteEndObject();
    }

    private static void List<T>(Utf8JsonWriter json, string name, ImmutableArray<T> items,
        Func<T, (string? Path, SourceTensor? Tensor)> common, Action<Utf8JsonWriter, T>? more = null)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            var (path, tensor) = common(item);
            json.WriteStartObject();
            if (path is not null) json.WriteString("path", path);
            if (tensor is not null)
            {
                json.WriteString("name", tensor.Name);
                json.WriteString("dtype", tensor.Entry.Dtype.ToString());
                Shape(json, "shape", tensor.Entry.Shape);
                json.WriteString("file", tensor.File.Path);
            }
            more?.Invoke(json, item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Shape(Utf8JsonWriter json, string name, ImmutableArray<long> shape)
    {
        json.WriteStartArray(name);
        foreach (var size in shape) json.WriteNumberValue(size);
        json.WriteEndArray();
    }

    private static void Strings(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
