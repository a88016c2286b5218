using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>
/// Which parameters and inputs the gradient of a function's results comes to, found without running anything: from the results backwards through every operand that passes a gradient
/// on. A function is looked at once for each set of its results, however many layers call it.
/// </summary>
public sealed class GradientReach
{
    private readonly Dictionary<string, Function> _functions;
    private readonly Dictionary<string, Reached> _known = new(StringComparer.Ordinal);

    public GradientReach(IEnumerable<Function> functions) => _functions = functions.ToDictionary(f => f.Name);

    /// <summary>What is reached from some results of a function.</summary>
    /// <param name="Parameters">Paths relative to the instance that the function runs on.</param>
    /// <param name="Inputs">The function's inputs by number.</param>
    public sealed record Reached(ImmutableHashSet<string> Parameters, ImmutableArray<int> Inputs);

    /// <summary>What the gradient of a function's results reaches.</summary>
    /// <param name="results">The results by number; all of them when null.</param>
    public Reached From(string function, IReadOnlyCollection<int>? results = null)
    {
        var start = _functions[function];
        ImmutableArray<int> from = results is null ? [.. Enumerable.Range(0, start.Results.Length)] : [.. results.Order()];
        var key = $"{function}({string.Join(",", from)})";
        if (!_known.TryGetValue(key, out var reached))
            _known[key] = reached = Walk(start, from);
        return reached;
    }

    private Reached Walk(Function function, ImmutableArray<int> results)
    {
        var live = results.Select(r => function.Results[r].Id).ToHashSet();
        var parameters = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        foreach (var node in function.Nodes.Reverse())
        {
            var wanted = Enumerable.Range(0, node.Results.Length).Where(r => live.Contains(node.Results[r].Id)).ToList();
            if (wanted.Count == 0)
                continue;
            if (node is CallNode call)
            {
                var inner = From(call.Callee, wanted);
                parameters.UnionWith(inner.Parameters.Select(p => InstancePath.Join(call.Path, p)));
                live.UnionWith(inner.Inputs.Select(i => call.Operands[i]).OfType<Value>().Select(v => v.Id));
            }
            else if (node is OpNode op)
            {
                parameters.UnionWith(op.Op.Parameters(op.Attributes).Select(p => InstancePath.Join(op.Path, p.Name)));
                live.UnionWith(op.Operands.Where((o, i) => o is not null && op.Op.PassesGradient(i, o.Type)).Select(o => o!.Id));
            }
        }
        return new Reached(parameters.ToImmutable(), [.. Enumerable.Range(0, function.Inputs.Length).Where(i => live.Contains(function.Inputs[i].Id))]);
    }
}
