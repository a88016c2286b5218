using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>Keeps the functions that some entry calls, callees first.</summary>
public sealed class ReachableFunctions : IPass
{
    public string Name => "reachable-functions";

    public Graph Run(Graph graph)
    {
        var byName = graph.Functions.ToDictionary(f => f.Name);
        var ordered = new List<Function>();
        var seen = new HashSet<string>();
        foreach (var entry in graph.Entries)
            Visit(entry.Function);
        return graph with { Functions = [.. ordered] };

        void Visit(string name)
        {
            if (!seen.Add(name))
                return;
            foreach (var call in byName[name].Nodes.OfType<CallNode>())
                Visit(call.Callee);
            ordered.Add(byName[name]);
        }
    }

    /// <summary>The names of all functions that are called below the given ones, themselves included.</summary>
    internal static HashSet<string> From(Graph graph, IEnumerable<string> roots)
    {
        var byName = graph.Functions.ToDictionary(f => f.Name);
        var seen = new HashSet<string>();
        var open = new Stack<string>(roots);
        while (open.TryPop(out var name))
            if (seen.Add(name))
                foreach (var call in byName[name].Nodes.OfType<CallNode>())
                    open.Push(call.Callee);
        return seen;
    }
}
