using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Makes of each adapter a graph of its own, which can be examined and run without the model.</summary>
internal sealed class AdapterGraphs(Lowerer lowerer)
{
    private readonly Dictionary<string, Graph> _made = new(StringComparer.Ordinal);

    public ImmutableArray<Adapter> Of(IEnumerable<AdaptedMember> adapted) =>
        [.. adapted.Select(a => new Adapter(a.Target.Path, (a.Target as OpInstance)?.Op, (a.Target as OpInstance)?.Attributes ?? Attributes.Empty, a.Block.BlockName,
            GraphOf(a), a.Span))];

    private Graph GraphOf(AdaptedMember adapted)
    {
        var key = adapted.Block.Template.SettingKey;
        if (_made.TryGetValue(key, out var known))
            return known;
        var body = lowerer.Function(adapted.Block, "forward", adapted.Span)!;
        // One axis of rows that the block's function does not see; a function that sees them takes them as they are.
        var lift = body.Inputs.All(i => i.Type.Rank == 1) ? 1 : 0;
        ImmutableArray<Dim> rows = lift == 1 ? [Dim.Symbol("rows")] : [];
        ImmutableArray<Value> inputs = [.. body.Inputs.Select((i, n) => new Value(n, i.Name, i.Type.WithShape([.. rows, .. i.Type.Shape])))];
        var result = new Value(inputs.Length, "", body.Results[0].Type.WithShape([.. rows, .. body.Results[0].Type.Shape]));
        var entry = new Function($"{body.Name}+rows", inputs, [new CallNode(body.Name, lift, [result], [.. inputs], "", adapted.Span)], [result]);
        var parameters = ParameterCollector.Collect(adapted.Block, "").Select(p => p with { Path = StatePath.Relative(adapted.Target.Path, p.Path) });
        return _made[key] = new Graph(adapted.Block.BlockName, [.. Called(body), entry], [new EntryPoint(Adapter.Entry, entry.Name)], [.. parameters]);
    }

    /// <summary>A function and all that it calls, callees first.</summary>
    private IEnumerable<Function> Called(Function function) =>
        function.Nodes.OfType<CallNode>().SelectMany(c => Called(lowerer.Named(c.Callee))).Append(function).DistinctBy(f => f.Name);
}
