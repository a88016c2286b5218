using System.Text;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>The diagram in the notation of Mermaid.</summary>
internal static class Mermaid
{
    public static string Print(Diagram diagram)
    {
        var text = new StringBuilder("flowchart TD\n");
        foreach (var (panel, p) in diagram.Panels.Select((panel, p) => (panel, p)))
        {
            text.Append($"  subgraph p{p}[\"{Escape(panel.Title)}\"]\n");
            foreach (var (component, c) in panel.Boxes.GroupBy(b => b.Component).Select((g, c) => (g, c)))
            {
                if (component.Key is { } name)
                    text.Append($"    subgraph p{p}c{c}[\"{Escape(name)}\"]\n");
                foreach (var box in component)
                    text.Append($"      {Shape($"p{p}b{box.Id}", box, panel)}\n");
                if (component.Key is not null)
                    text.Append("    end\n");
            }
            foreach (var edge in panel.Edges)
                text.Append($"    p{p}b{edge.From} -->|\"{Escape(edge.Type.ToString())}\"| p{p}b{edge.To}\n");
            text.Append("  end\n");
        }
        return text.ToString();
    }

    private static string Shape(string id, DiagramBox box, DiagramPanel panel)
    {
        var repeated = string.Concat(box.Groups.Select(g => $" (of {panel.Groups[g].Count})"));
        var label = Escape(box.Title + repeated) + (box.Detail.Length == 0 ? "" : $"<br/>{Escape(box.Detail)}");
        return box.Kind is BoxKind.Input or BoxKind.Output ? $"{id}([\"{label}\"])" : $"{id}[\"{label}\"]";
    }

    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("\"", "&quot;").Replace("<", "&lt;").Replace("{", "&#123;").Replace("}", "&#125;");
}
