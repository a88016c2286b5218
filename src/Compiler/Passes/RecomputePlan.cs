using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;

namespace Mllm.Compiler.Passes;

/// <summary>
/// Which layers a stage computes twice to keep less: the elements of lists in encoders, bridges and decoders in which a gradient is recorded, for what the stage trains in them or
/// before them. A layer that draws is never among them: run again it would draw something else.
/// </summary>
public static class RecomputePlan
{
    /// <summary>The layers' full paths, for <c>encode</c> and the stage's loss together.</summary>
    public static ImmutableSortedSet<string> Of(ModelProgram program, Stage stage)
    {
        var walk = new Walk(program.Graph, stage.Trained.ToHashSet(StringComparer.Ordinal));
        var media = new HashSet<string>(StringComparer.Ordinal);
        if (program.Graph.Entry("encode") is { } encode)
        {
            var function = program.Graph.Function(encode.Function);
            var needs = walk.Run(function, "", [.. function.Inputs.Select(_ => false)]);
            media.UnionWith(Enumerable.Range(0, needs.Length).Where(i => needs[i]).Select(i => $"media{i}"));
        }
        if (stage.Loss is { } loss && program.Graph.Entry(loss) is { } entry)
        {
            var function = program.Graph.Function(entry.Function);
            walk.Run(function, "", [.. function.Inputs.Select(i => media.Contains(i.Name))]);
        }
        return walk.Found.ToImmutableSortedSet(StringComparer.Ordinal);
    }

    /// <summary>Follows from the inputs on what needs a gradient.</summary>
    private sealed class Walk(Graph graph, HashSet<string> trained)
    {
        private readonly Dictionary<string, Function> _functions = graph.Functions.ToDictionary(f => f.Name);
        private readonly FunctionUses _uses = new(graph.Functions);

        public HashSet<string> Found { get; } = new(StringComparer.Ordinal);

        public ImmutableArray<bool> Run(Function function, string path, ImmutableArray<bool> inputs)
        {
            var needs = function.Inputs.Where((_, i) => inputs[i]).Select(v => v.Id).ToHashSet();
            foreach (var node in function.Nodes)
                foreach (var (result, isNeeded) in node.Results.Zip(node is CallNode call ? Call(call, path, needs) : Op((OpNode)node, path, needs)))
                    if (isNeeded)
                        needs.Add(result.Id);
            return [.. function.Results.Select(r => needs.Contains(r.Id))];
        }

        private ImmutableArray<bool> Call(CallNode call, string path, HashSet<int> needs)
        {
            var at = InstancePath.Join(path, call.Path);
            var results = Run(_functions[call.Callee], at, [.. call.Operands.Select(o => needs.Contains(o!.Id))]);
            if (IsLayer(call.Path) && results.Contains(true) && !_uses.Of(call.Callee).IsRandom)
                Found.Add(at);
            return results;
        }

        /// <summary>Whether a path leads to an element of a list.</summary>
        private static bool IsLayer(string path) => int.TryParse(path.AsSpan(path.LastIndexOf('.') + 1), out _);

        private ImmutableArray<bool> Op(OpNode op, string path, HashSet<int> needs)
        {
            var own = op.Op.Parameters(op.Attributes).Any(p => trained.Contains(InstancePath.Join(InstancePath.Join(path, op.Path), p.Name)));
            var any = own || op.Operands.Where((o, i) => o is not null && needs.Contains(o.Id) && op.Op.PassesGradient(i, o.Type)).Any();
            return [.. op.Results.Select(r => any && r.Type.Kind == Types.ElementKind.Float)];
        }
    }
}
