using System.Globalization;
using System.Text;
using Mllm.Compiler.Ir;

namespace Mllm.Cli.Graphs;

/// <summary>An overview as a Mermaid flowchart, which Markdown viewers draw.</summary>
internal sealed class MermaidFormat : GraphFormat
{
    public override string Name => "mermaid";

    public override string Write(Graph graph, ICompiler compiler)
    {
        var overview = Overview.Of(graph);
        var text = new StringBuilder("flowchart TD\n");
        foreach (var box in overview.Boxes.Where(b => b.Group is null))
            text.Append(CultureInfo.InvariantCulture, $"  {Line(box)}\n");
        foreach (var (index, group) in overview.Groups.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"  subgraph g{index}[{Quote(group)}]\n");
            foreach (var box in overview.Boxes.Where(b => b.Group == group))
                text.Append(CultureInfo.InvariantCulture, $"    {Line(box)}\n");
            text.Append("  end\n");
        }
        foreach (var (from, to) in overview.Edges)
            text.Append(CultureInfo.InvariantCulture, $"  n{from} --> n{to}\n");
        return text.ToString();
    }

    private static string Line(OverviewBox box) =>
        box.Group is null ? $"n{box.Id}([{Quote(string.Join("<br>", box.Lines.Select(Escape)))}])" : $"n{box.Id}[{Quote(string.Join("<br>", box.Lines.Select(Escape)))}]";

    private static string Quote(string text) => $"\"{text}\"";

    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&quot;");
}
