using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Planning;

/// <summary>
/// The largest number of elements that are alive at once while a function runs, its operands included, when each value is freed after its last use.
/// An estimate: views count as copies, and attention is taken to keep no scores.
/// </summary>
internal sealed class ActivationPeak(Graph graph)
{
    private readonly Dictionary<string, Function> _functions = graph.Functions.ToDictionary(f => f.Name);
    private readonly Dictionary<string, long> _known = [];

    /// <param name="sizes">The number for each symbolic size of the function's inputs.</param>
    /// <exception cref="KeyNotFoundException">A size is missing.</exception>
    public long Elements(string name, IReadOnlyDictionary<string, long> sizes)
    {
        var function = _functions[name];
        var key = $"{name}({string.Join(", ", function.Inputs.SelectMany(i => i.Type.Shape).Select(d => d.Evaluate(sizes)))})";
        lock (_known)
            return _known.TryGetValue(key, out var peak) ? peak : _known[key] = Simulate(function, sizes);
    }

    private long Simulate(Function function, IReadOnlyDictionary<string, long> sizes)
    {
        var lastUse = new Dictionary<int, int>();
        for (var n = 0; n < function.Nodes.Length; n++)
            foreach (var operand in function.Nodes[n].Operands.OfType<Value>())
                lastUse[operand.Id] = n;
        foreach (var result in function.Results)
            lastUse[result.Id] = int.MaxValue;

        var alive = function.Inputs.Sum(i => i.Type.Count.Evaluate(sizes));
        var peak = alive;
        for (var n = 0; n < function.Nodes.Length; n++)
        {
            var node = function.Nodes[n];
            var results = node.Results.Sum(r => r.Type.Count.Evaluate(sizes));
            peak = Math.Max(peak, alive + Math.Max(results, node is CallNode call ? Inside(call, sizes) : 0));
            alive += results;
            foreach (var dead in node.Operands.OfType<Value>().Concat(node.Results).DistinctBy(v => v.Id).Where(v => lastUse.GetValueOrDefault(v.Id, n) == n && !function.Inputs.Contains(v)))
                alive -= dead.Type.Count.Evaluate(sizes);
        }
        return peak;
    }

    /// <summary>What a call needs beyond its operands, all elements of the leading axes at once.</summary>
    private long Inside(CallNode call, IReadOnlyDictionary<string, long> sizes)
    {
        var callee = _functions[call.Callee];
        var actual = call.SeenBy(callee).Select(t => t.WithShape([.. t.Shape.Select(d => (Dim)d.Evaluate(sizes))]));
        var inner = Unifier.Unify([.. callee.Inputs.Select(i => i.Type)], [.. actual]).Sizes.ToDictionary(s => s.Key, s => s.Value.Value!.Value);
        var lead = call.HiddenFrom(callee).Aggregate(1L, (product, d) => product * d.Evaluate(sizes));
        return lead * (Elements(call.Callee, inner) - callee.Inputs.Sum(i => i.Type.Count.Evaluate(inner)));
    }
}
