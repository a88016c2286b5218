using Mllm.Compiler.Ir;

namespace Mllm.Cli.Graphs;

/// <summary>A way to write a compiled graph. Formats are found by reflection: adding one is adding a file.</summary>
internal abstract class GraphFormat
{
    public static IReadOnlyList<GraphFormat> All { get; } =
    [
        .. typeof(GraphFormat).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(GraphFormat)) && !t.IsAbstract)
            .Select(t => (GraphFormat)Activator.CreateInstance(t)!)
            .OrderBy(f => f.Name, StringComparer.Ordinal),
    ];

    /// <summary>The word for <c>--format</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The whole text, which ends in a line break.</summary>
    public abstract string Write(Graph graph, ICompiler compiler);
}
