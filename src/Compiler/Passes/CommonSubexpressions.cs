using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>Computes once what a function computes twice: two injections from one encoder share its run. What is random is computed each time.</summary>
public sealed class CommonSubexpressions : IPass
{
    public string Name => "common-subexpressions";

    public Graph Run(Graph graph)
    {
        var drawing = graph.Functions.Where(f => f.Nodes.Any(n => n is OpNode { Op.IsRandom: true })).Select(f => f.Name).ToList();
        var random = drawing.Count == 0 ? [] : graph.Functions.Select(f => f.Name).Where(name => drawing.Any(ReachableFunctions.From(graph, [name]).Contains)).ToHashSet(StringComparer.Ordinal);
        return graph with { Functions = [.. graph.Functions.Select(f => Merge(f, random))] };
    }

    private static Function Merge(Function function, HashSet<string> random)
    {
        var moved = new Dictionary<int, Value>();
        var seen = new Dictionary<string, Node>(StringComparer.Ordinal);
        var nodes = ImmutableArray.CreateBuilder<Node>();
        foreach (var node in function.Nodes)
        {
            var current = node with { Operands = [.. node.Operands.Select(Moved)] };
            var operands = string.Join(",", current.Operands.Select(o => o?.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"));
            var key = current switch
            {
                OpNode op => $"{op.Op.Name}.{op.Function}({op.Attributes})@{op.Path}:{operands}",
                CallNode call => $"call {call.Callee}^{call.Lift}@{call.Path}:{operands}",
                _ => throw new InvalidOperationException(current.GetType().Name),
            };
            if (current is OpNode { Op.IsRandom: true } || (current is CallNode { Callee: var callee } && random.Contains(callee)) || seen.TryAdd(key, current))
                nodes.Add(current);
            else
                for (var i = 0; i < current.Results.Length; i++)
                    moved[current.Results[i].Id] = seen[key].Results[i];
        }
        return moved.Count == 0 ? function : function with { Nodes = nodes.ToImmutable(), Results = [.. function.Results.Select(r => Moved(r)!)] };

        Value? Moved(Value? value) => value is not null && moved.TryGetValue(value.Id, out var other) ? other : value;
    }
}
