using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>Marks the causal self-attentions of the language model: their keys and values are kept from step to step.</summary>
public sealed class MarkCaches : IPass
{
    public string Name => "mark-caches";

    public Graph Run(Graph graph)
    {
        var inDecoder = ReachableFunctions.From(graph, graph.Entries.Where(e => e.Name is "prefill" or "step").Select(e => e.Function));
        return graph with { Functions = [.. graph.Functions.Select(f => inDecoder.Contains(f.Name) ? Mark(f) : f)] };
    }

    private static Function Mark(Function function) => function with
    {
        Nodes = [.. function.Nodes.Select(n => n is OpNode { Op.Name: "attention" } a && a.Attributes.Find("causal") is BoolConstant { Value: true } ? a with { Cached = true } : n)],
    };
}
