using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;

namespace Mllm.Compiler.Lowering;

/// <summary>One call of an instance's <c>forward</c>, as the entries come to it.</summary>
internal sealed record CallSite(Instance Target, Value Operand, Value Result, Node Node);

/// <summary>Finds where instances are called from the entries of a model, in whatever function.</summary>
internal sealed class CallSites
{
    private readonly Lowerer _lowerer;
    private readonly ILookup<string, Instance> _targets;
    private readonly Dictionary<Instance, List<CallSite>> _found = [];
    private readonly HashSet<(string Function, string Owner)> _seen = [];

    private CallSites(Lowerer lowerer, IEnumerable<Instance> targets)
    {
        _lowerer = lowerer;
        _targets = targets.Distinct().ToLookup(t => t.Path);
    }

    /// <summary>The calls of each target in order; a target that is never called has no key.</summary>
    public static IReadOnlyDictionary<Instance, List<CallSite>> Find(Lowerer lowerer, IEnumerable<EntryPoint> entries, IEnumerable<Instance> targets)
    {
        var sites = new CallSites(lowerer, targets);
        foreach (var entry in entries)
            sites.Visit(lowerer.Named(entry.Function), "");
        return sites._found;
    }

    /// <summary>Whether a node of a function is a call of the target's <c>forward</c>.</summary>
    /// <param name="path">The full path of the node's instance.</param>
    public static bool IsCall(Instance target, Node node, string path) => path == target.Path && node switch
    {
        OpNode op => target is OpInstance instance && instance.Op.IsModule && op.Op == instance.Op && op.Function == "forward" && op.Attributes.Equals(instance.Attributes),
        CallNode call => target is BlockInstance && Title(call.Callee) == target.BlockName,
        _ => false,
    } && node.Operands is [not null, ..] && node.Results.Length == 1;

    /// <summary>What a function was called before it was numbered or woven into: a block's name is that of its <c>forward</c>.</summary>
    private static string Title(string function) => function.Split('#', '+')[0];

    private void Visit(Function function, string owner)
    {
        if (!_seen.Add((function.Name, owner)) || !_targets.Any(t => StatePath.IsWithin(owner, t.Key)))
            return;
        foreach (var node in function.Nodes)
        {
            var path = StatePath.Join(owner, node.Path);
            foreach (var target in _targets[path])
                if (IsCall(target, node, path))
                    Add(new CallSite(target, node.Operands[0]!, node.Results[0], node));
            if (node is CallNode call)
                Visit(_lowerer.Named(call.Callee), path);
        }
    }

    private void Add(CallSite site)
    {
        if (!_found.TryGetValue(site.Target, out var sites))
            _found.Add(site.Target, sites = []);
        sites.Add(site);
    }
}
