using System.Globalization;
using System.Text;
using Mllm.Compiler.Ir;

namespace Mllm.Cli.Graphs;

/// <summary>An overview for Graphviz.</summary>
internal sealed class DotFormat : GraphFormat
{
    public override string Name => "dot";

    public override string Write(Graph graph, ICompiler compiler)
    {
        var overview = Overview.Of(graph);
        var text = new StringBuilder($"digraph {Quote(overview.Title)} {{\n  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n");
        foreach (var box in overview.Boxes.Where(b => b.Group is null))
            text.Append(CultureInfo.InvariantCulture, $"  n{box.Id} [label={Label(box)}, shape=oval];\n");
        foreach (var (index, group) in overview.Groups.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"  subgraph cluster_{index} {{\n    label={Quote(group)};\n");
            foreach (var box in overview.Boxes.Where(b => b.Group == group))
                text.Append(CultureInfo.InvariantCulture, $"    n{box.Id} [label={Label(box)}];\n");
            text.Append("  }\n");
        }
        foreach (var (from, to) in overview.Edges)
            text.Append(CultureInfo.InvariantCulture, $"  n{from} -> n{to};\n");
        return text.Append("}\n").ToString();
    }

    private static string Label(OverviewBox box) => Quote(string.Join("\n", box.Lines));

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
}
