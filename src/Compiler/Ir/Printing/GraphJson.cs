using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>A graph as JSON: every function, node and parameter, nothing collapsed. A size is a number, or a string where the input decides it.</summary>
internal static class GraphJson
{
    public static string Print(Graph graph)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("name", graph.Name);
            WriteArray(json, "entries", graph.Entries, e =>
            {
                json.WriteString("name", e.Name);
                json.WriteString("function", e.Function);
            });
            WriteArray(json, "functions", graph.Functions, f => Write(json, f));
            WriteArray(json, "parameters", graph.Parameters, p =>
            {
                json.WriteString("path", p.Path);
                json.WritePropertyName("shape");
                Write(json, p.Shape);
                json.WriteString("component", p.Component);
                json.WriteString("initializer", p.Initializer.ToString());
            });
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, Function function)
    {
        json.WriteString("name", function.Name);
        WriteArray(json, "inputs", function.Inputs, v => Write(json, v));
        WriteArray(json, "nodes", function.Nodes, n => Write(json, n));
        json.WriteStartArray("results");
        foreach (var result in function.Results)
            json.WriteNumberValue(result.Id);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Node node)
    {
        switch (node)
        {
            case OpNode op:
                json.WriteString("op", op.Op.Name);
                json.WriteString("function", op.Function);
                json.WriteStartObject("attributes");
                foreach (var (name, value) in op.Attributes.Entries)
                {
                    json.WritePropertyName(name);
                    Write(json, value);
                }
                json.WriteEndObject();
                json.WriteBoolean("cached", op.Cached);
                break;
            case CallNode call:
                json.WriteString("call", call.Callee);
                json.WriteNumber("lift", call.Lift);
                break;
        }
        json.WriteString("path", node.Path);
        json.WriteStartArray("operands");
        foreach (var operand in node.Operands)
            if (operand is null)
                json.WriteNullValue();
            else
                json.WriteNumberValue(operand.Id);
        json.WriteEndArray();
        WriteArray(json, "results", node.Results, v => Write(json, v));
    }

    private static void Write(Utf8JsonWriter json, Value value)
    {
        json.WriteNumber("id", value.Id);
        json.WriteString("name", value.Name);
        json.WriteString("kind", value.Type.Kind.ToString().ToLowerInvariant());
        json.WritePropertyName("shape");
        Write(json, value.Type.Shape);
        json.WriteString("time", value.Time.ToString().ToLowerInvariant());
    }

    private static void Write(Utf8JsonWriter json, Constant constant)
    {
        switch (constant)
        {
            case IntConstant i: Write(json, i.Size); break;
            case FloatConstant f when double.IsFinite(f.Value): json.WriteNumberValue(f.Value); break;
            case BoolConstant b: json.WriteBooleanValue(b.Value); break;
            case StringConstant s: json.WriteStringValue(s.Value); break;
            case NoneConstant: json.WriteNullValue(); break;
            case ListConstant list:
                json.WriteStartArray();
                foreach (var element in list.Elements)
                    Write(json, element);
                json.WriteEndArray();
                break;
            default: json.WriteStringValue(constant.ToString()); break;
        }
    }

    private static void Write(Utf8JsonWriter json, IEnumerable<Dim> shape)
    {
        json.WriteStartArray();
        foreach (var size in shape)
            Write(json, size);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Dim size)
    {
        if (size.Value is { } number)
            json.WriteNumberValue(number);
        else
            json.WriteStringValue(size.ToString());
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
