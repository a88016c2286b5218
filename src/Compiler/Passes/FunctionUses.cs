using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>What calls use below themselves: parameters, and draws. Each function is looked at once.</summary>
internal sealed class FunctionUses(IEnumerable<Function> functions)
{
    private readonly Dictionary<string, Function> _functions = functions.ToDictionary(f => f.Name);
    private readonly Dictionary<string, Use> _known = new(StringComparer.Ordinal);

    /// <param name="Parameters">Paths relative to the instance that the function runs on.</param>
    /// <param name="IsRandom">Whether something is drawn.</param>
    public sealed record Use(ImmutableHashSet<string> Parameters, bool IsRandom);

    /// <summary>What a function uses.</summary>
    public Use Of(string function)
    {
        if (!_known.TryGetValue(function, out var use))
        {
            var nodes = _functions[function].Nodes.Select(Of).ToList();
            _known[function] = use = new Use([.. nodes.SelectMany(n => n.Parameters)], nodes.Any(n => n.IsRandom));
        }
        return use;
    }

    /// <summary>What a node uses, relative to the instance that its function runs on.</summary>
    public Use Of(Node node) => node switch
    {
        CallNode call when Of(call.Callee) is var inner => call.Path.Length == 0 ? inner : inner with { Parameters = [.. inner.Parameters.Select(p => InstancePath.Join(call.Path, p))] },
        OpNode op => new Use([.. op.Op.Parameters(op.Attributes).Select(p => InstancePath.Join(op.Path, p.Name))], op.Op.IsRandom),
        _ => throw new InvalidOperationException(node.GetType().Name),
    };
}
