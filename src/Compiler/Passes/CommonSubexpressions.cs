using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>Computes once what a function computes twice: two injections from one encoder share its run.</summary>
public sealed class CommonSubexpressions : IPass
{
    public string Name => "common-subexpressions";

    public Graph Run(Graph graph) => graph with { Functions = [.. graph.Functions.Select(Merge)] };

    private static Function Merge(Function function)
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
            if (seen.TryAdd(key, current))
                nodes.Add(current);
            else
                for (var i = 0; i < current.Results.Length; i++)
                    moved[current.Results[i].Id] = seen[key].Results[i];
        }
        return moved.Count == 0 ? function : function with { Nodes = nodes.ToImmutable(), Results = [.. function.Results.Select(r => Moved(r)!)] };

        Value? Moved(Value? value) => value is not null && moved.TryGetValue(value.Id, out var other) ? other : value;
    }
}
