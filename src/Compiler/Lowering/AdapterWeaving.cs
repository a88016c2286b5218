using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Lowering;

/// <summary>
/// Runs adapters where their members are called: every function on the way from an entry to such a call is copied with the adapter's call after it.
/// Instances with the same adapters below them share one copy.
/// </summary>
internal sealed class AdapterWeaving(Lowerer lowerer, IReadOnlyList<AdaptedMember> adapted)
{
    private readonly Dictionary<string, Function> _done = new(StringComparer.Ordinal);

    /// <summary>The entries with all adapters that were placed and checked.</summary>
    public ImmutableArray<EntryPoint> Weave(ImmutableArray<EntryPoint> entries) =>
        adapted.Count == 0 ? entries : [.. entries.Select(e => e with { Function = Weave(lowerer.Named(e.Function), "", adapted).Name })];

    /// <summary>How many leading axes of a call the adapter does not see: those that the call's operand has more than the adapter's first parameter.</summary>
    public static int Lift(Function body, Value operand) => operand.Type.Rank - body.Inputs[0].Type.Rank;

    private Function Weave(Function function, string owner, IReadOnlyList<AdaptedMember> among)
    {
        var below = among.Where(a => StatePath.IsWithin(owner, a.Target.Path)).ToList();
        if (below.Count == 0)
            return function;
        var key = $"{function.Name}|{string.Join(";", below.Select(a => $"{StatePath.Relative(owner, a.Target.Path)},{a.Target.BlockName},{a.Block.Template.SettingKey}"))}";
        return _done.TryGetValue(key, out var woven) ? woven : _done[key] = Copy(function, owner, below);
    }

    private Function Copy(Function function, string owner, List<AdaptedMember> below)
    {
        var here = below.ToLookup(a => a.Target.Path);
        var moved = new Dictionary<int, Value>();
        var nodes = ImmutableArray.CreateBuilder<Node>();
        var next = function.Inputs.Concat(function.Nodes.SelectMany(n => n.Results)).Select(v => v.Id).DefaultIfEmpty(-1).Max() + 1;
        var isChanged = false;
        foreach (var node in function.Nodes)
        {
            var path = StatePath.Join(owner, node.Path);
            ImmutableArray<Value?> operands = [.. node.Operands.Select(o => Moved(o))];
            if (node is CallNode call)
            {
                var callee = Weave(lowerer.Named(call.Callee), path, below);
                isChanged |= callee.Name != call.Callee;
                nodes.Add(call with { Callee = callee.Name, Operands = operands });
            }
            else
                nodes.Add(node with { Operands = operands });
            foreach (var adapter in here[path].Where(a => CallSites.IsCall(a.Target, node, path)))
            {
                isChanged = true;
                var (body, result) = (Body(adapter), node.Results[0]);
                var changed = new Value(next++, "", result.Type);
                nodes.Add(new CallNode(body.Name, Lift(body, operands[0]!), [changed], [operands[0], Moved(result)], StatePath.Relative(owner, adapter.Target.Path), adapter.Span));
                moved[result.Id] = changed;
            }
        }
        if (!isChanged)
            return function;
        var name = lowerer.Unique($"{function.Name.Split('#')[0]}+adapted");
        var copy = new Function(name, function.Inputs, nodes.ToImmutable(), [.. function.Results.Select(r => Moved(r)!)]);
        lowerer.Add(copy);
        return copy;

        Value? Moved(Value? value) => value is not null && moved.TryGetValue(value.Id, out var after) ? after : value;
    }

    private Function Body(AdaptedMember adapter) =>
        lowerer.Function(adapter.Block, "forward", adapter.Span) ?? throw new InvalidOperationException($"'{adapter.Block.BlockName}' was checked before it was woven");
}
