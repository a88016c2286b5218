using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>A pure rewriting of a graph.</summary>
public interface IPass
{
    string Name { get; }

    Graph Run(Graph graph);
}

/// <summary>The passes in the order in which they run: the one deliberate list.</summary>
public static class Pipeline
{
    public static ImmutableArray<IPass> Passes { get; } =
    [
        new CommonSubexpressions(),
        new DeadNodes(),
        new MarkCaches(),
        new BindingTimes(),
        new SplitImageTime(),
        new ReachableFunctions(),
    ];

    /// <summary>Runs all passes; <paramref name="seen"/> is given the graph as it was lowered and as each pass leaves it, with the name of what made it.</summary>
    public static Graph Run(Graph graph, Action<string, Graph>? seen = null)
    {
        seen?.Invoke("lowering", graph);
        foreach (var pass in Passes)
        {
            graph = pass.Run(graph);
            seen?.Invoke(pass.Name, graph);
        }
        return graph;
    }
}
