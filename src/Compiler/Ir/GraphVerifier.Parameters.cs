using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir;

/// <content>The parameters that call chains reach, against those that the graph declares.</content>
public static partial class GraphVerifier
{
    private static void VerifyParameters(Graph graph, Dictionary<string, Function> functions, List<string> problems)
    {
        var declared = graph.Parameters.GroupBy(p => p.Path).ToDictionary(g => g.Key, g => g.First());
        var used = new Dictionary<string, ImmutableArray<ParameterUse>>();
        foreach (var use in graph.Entries.SelectMany(e => Uses(e.Function)).Distinct())
            if (!declared.TryGetValue(use.Path, out var parameter))
                problems.Add($"{use.By} uses the parameter {use.Path}, which is not declared");
            else if (!TensorType.Float(parameter.Shape).Equals(use.Type))
                problems.Add($"{use.By} uses the parameter {use.Path} as {use.Type}, it is declared as {TensorType.Float(parameter.Shape)}");

        // What a function uses relative to its instance, once for each function: a layer's list is only prefixed at its calls.
        ImmutableArray<ParameterUse> Uses(string name)
        {
            if (used.TryGetValue(name, out var known))
                return known;
            var uses = !functions.TryGetValue(name, out var function) ? [] : function.Nodes.SelectMany(node => node switch
            {
                OpNode { Op.IsModule: true } op when AttributeProblem(op.Op, op.Attributes) is null =>
                    op.Op.Parameters(op.Attributes).Select(p => new ParameterUse(InstancePath.Join(op.Path, p.Name), TensorType.Float(p.Shape), $"{name}: {Describe(op)}")),
                CallNode call => Uses(call.Callee).Select(u => u with { Path = InstancePath.Join(call.Path, u.Path) }),
                _ => [],
            });
            return used[name] = [.. uses.Distinct()];
        }
    }

    /// <summary>A use of a parameter; <c>Path</c> is relative to the instance that the function runs on.</summary>
    private sealed record ParameterUse(string Path, TensorType Type, string By);
}
