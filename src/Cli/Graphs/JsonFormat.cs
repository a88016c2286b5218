using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Cli.Graphs;

/// <summary>The complete graph for programs: entries, functions with their nodes, and parameters.</summary>
internal sealed class JsonFormat : GraphFormat
{
    public override string Name => "json";

    public override string Write(Graph graph, ICompiler compiler)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("name", graph.Name);
            json.WriteStartObject("entries");
            foreach (var entry in graph.Entries)
                json.WriteString(entry.Name, entry.Function);
            json.WriteEndObject();
            WriteList(json, "functions", graph.Functions, WriteFunction);
            WriteList(json, "parameters", graph.Parameters, WriteParameter);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static void WriteFunction(Utf8JsonWriter json, Function function)
    {
        json.WriteString("name", function.Name);
        WriteList(json, "inputs", function.Inputs, WriteValue);
        WriteList(json, "nodes", function.Nodes, WriteNode);
        WriteIds(json, "results", function.Results);
    }

    private static void WriteNode(Utf8JsonWriter json, Node node)
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
                    WriteConstant(json, value);
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
        WriteIds(json, "operands", node.Operands);
        WriteList(json, "results", node.Results, WriteValue);
        json.WriteString("source", node.Span.Source is null ? null : node.Span.ToString());
    }

    private static void WriteParameter(Utf8JsonWriter json, Parameter parameter)
    {
        json.WriteString("path", parameter.Path);
        WriteShape(json, parameter.Shape);
        json.WriteString("initializer", parameter.Initializer.ToString());
        json.WriteString("component", parameter.Component);
    }

    private static void WriteValue(Utf8JsonWriter json, Value value)
    {
        json.WriteNumber("id", value.Id);
        json.WriteString("name", value.Name);
        json.WriteString("kind", value.Type.Kind.ToString().ToLowerInvariant());
        WriteShape(json, value.Type.Shape);
        json.WriteString("time", value.Time.ToString().ToLowerInvariant());
    }

    /// <summary>Known sizes are numbers, symbolic ones formulas.</summary>
    private static void WriteShape(Utf8JsonWriter json, ImmutableArray<Dim> shape)
    {
        json.WriteStartArray("shape");
        foreach (var size in shape)
            WriteSize(json, size);
        json.WriteEndArray();
    }

    private static void WriteSize(Utf8JsonWriter json, Dim size)
    {
        if (size.Value is { } number)
            json.WriteNumberValue(number);
        else
            json.WriteStringValue(size.ToString());
    }

    private static void WriteConstant(Utf8JsonWriter json, Constant constant)
    {
        switch (constant)
        {
            case IntConstant i:
                WriteSize(json, i.Size);
                break;
            case FloatConstant f when double.IsFinite(f.Value):
                json.WriteNumberValue(f.Value);
                break;
            case BoolConstant b:
                json.WriteBooleanValue(b.Value);
                break;
            case StringConstant s:
                json.WriteStringValue(s.Value);
                break;
            case NoneConstant:
                json.WriteNullValue();
                break;
            case ListConstant list:
                json.WriteStartArray();
                foreach (var element in list.Elements)
                    WriteConstant(json, element);
                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(constant.ToString());
                break;
        }
    }

    private static void WriteIds(Utf8JsonWriter json, string name, IEnumerable<Value?> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            if (value is null)
                json.WriteNullValue();
            else
                json.WriteNumberValue(value.Id);
        }
        json.WriteEndArray();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
