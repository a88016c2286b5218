using System.Text;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>The diagram in the notation of Graphviz.</summary>
internal static class Dot
{
    public static string Print(Diagram diagram)
    {
        var text = new StringBuilder($"digraph {Quote(diagram.Title)} {{\n  rankdir=TB; compound=true; node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\"]; edge [fontname=\"Helvetica\", fontsize=10];\n");
        foreach (var (panel, p) in diagram.Panels.Select((panel, p) => (panel, p)))
        {
            text.Append($"  subgraph cluster_p{p} {{ label={Quote(panel.Title)};\n");
            foreach (var (component, c) in panel.Boxes.GroupBy(b => b.Component).Select((g, c) => (g, c)))
            {
                if (component.Key is { } name)
                    text.Append($"    subgraph cluster_p{p}c{c} {{ label={Quote(name)}; style=\"rounded,filled\"; fillcolor=\"#f2f5fa\";\n");
                foreach (var box in component)
                    text.Append($"      p{p}b{box.Id} [label={Quote(Label(box, panel))}{(box.Kind is BoxKind.Input or BoxKind.Output ? ", shape=oval" : "")}];\n");
                if (component.Key is not null)
                    text.Append("    }\n");
            }
            foreach (var edge in panel.Edges)
                text.Append($"    p{p}b{edge.From} -> p{p}b{edge.To} [label={Quote(edge.Type.ToString())}];\n");
            text.Append("  }\n");
        }
        return text.Append("}\n").ToString();
    }

    private static string Label(DiagramBox box, DiagramPanel panel) =>
        box.Title + string.Concat(box.Groups.Select(g => $" (of {panel.Groups[g].Count})")) + (box.Detail.Length == 0 ? "" : $"\n{box.Detail}");

    private static string Quote(string text) => $"\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
}
