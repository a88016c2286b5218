using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>Removes nodes whose results nobody uses; everything is pure.</summary>
public sealed class DeadNodes : IPass
{
    public string Name => "dead-nodes";

    public Graph Run(Graph graph) => graph with { Functions = [.. graph.Functions.Select(Clean)] };

    internal static Function Clean(Function function)
    {
        var live = function.Results.Select(r => r.Id).ToHashSet();
        var kept = new Stack<Node>();
        foreach (var node in function.Nodes.Reverse())
        {
            if (!node.Results.Any(r => live.Contains(r.Id)))
                continue;
            kept.Push(node);
            foreach (var operand in node.Operands)
                if (operand is not null)
                    live.Add(operand.Id);
        }
        return kept.Count == function.Nodes.Length ? function : function with { Nodes = [.. kept] };
    }
}
