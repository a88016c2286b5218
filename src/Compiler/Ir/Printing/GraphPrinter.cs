using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>A graph in the forms that people and tools read. Every form is a pure function of the graph: equal graphs give equal text.</summary>
public static class GraphPrinter
{
    /// <summary>
    /// The complete graph, for reading and for snapshots: a line for each node with its types and paths, repeated layers shown once
    /// (<c>@layers.{0..22}</c>, or a <c>for</c> around several lines), attributes that equal their default left out.
    /// </summary>
    public static string ToText(Graph graph) => GraphText.Print(graph);

    /// <summary>The complete graph with nothing collapsed; sizes are numbers, or strings where the input decides them.</summary>
    public static string ToJson(Graph graph) => GraphJson.Print(graph);

    /// <summary>The entries as a Mermaid flowchart of blocks.</summary>
    public static string ToMermaid(Graph graph) => Mermaid.Print(DiagramBuilder.Build(graph));

    /// <summary>The entries as a Graphviz graph of blocks.</summary>
    public static string ToDot(Graph graph) => Dot.Print(DiagramBuilder.Build(graph));

    /// <summary>The entries as a self-contained drawing of blocks.</summary>
    public static string ToSvg(Graph graph) => SvgDrawing.Print(DiagramBuilder.Build(graph),
        graph.Parameters.GroupBy(p => p.Component).ToDictionary(g => g.Key, g => g.Aggregate(Dim.Zero, (sum, p) => sum + p.Count)));
}
