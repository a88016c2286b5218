using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>Draws up the diagram of a graph: calls of functions that hold repeated layers are opened, all other calls are one box.</summary>
internal sealed class DiagramBuilder
{
    // A picture with more boxes than this inside one call says less than the call's name.
    private const int LargestOpened = 40;

    private readonly Dictionary<string, Function> _functions;
    private readonly Dictionary<string, Outline> _outlines = [];
    private readonly Dictionary<string, string> _components = [];
    private readonly List<DiagramBox> _boxes = [];
    private readonly List<DiagramEdge> _edges = [];
    private readonly List<DiagramGroup> _groups = [];
    private bool _closed;

    private DiagramBuilder(Graph graph)
    {
        _functions = graph.Functions.GroupBy(f => f.Name).ToDictionary(g => g.Key, g => g.First());
        foreach (var parameter in graph.Parameters)
            for (var path = parameter.Path; path.Length > 0; path = path.LastIndexOf('.') is >= 0 and var dot ? path[..dot] : "")
                _components.TryAdd(path, parameter.Component);
    }

    public static Diagram Build(Graph graph) =>
        new(graph.Name, [.. Drawn(graph).Where(e => graph.Functions.Any(f => f.Name == e.Function)).Select(e => new DiagramBuilder(graph).Panel(e))]);

    /// <summary>The entries that say something new: a decoding step is a prefill of one token, outputs are taps of the encoder, and losses are sums of objectives.</summary>
    private static IEnumerable<EntryPoint> Drawn(Graph graph)
    {
        string[] order = ["encode", "media", "prefill", "head"];
        var main = graph.Entries.Where(e => order.Contains(e.Name)).OrderBy(e => Array.IndexOf(order, e.Name)).ToList();
        return main.Count > 0 ? main.Concat(graph.Entries.Where(IsObjective)) : graph.Entries;
    }

    private static bool IsObjective(EntryPoint entry) => entry.Name.StartsWith("objective.", StringComparison.Ordinal);

    private DiagramPanel Panel(EntryPoint entry)
    {
        // What an objective calls has been drawn where media and text are computed.
        _closed = IsObjective(entry);
        var function = _functions[entry.Function];
        var sources = new Dictionary<int, Source>();
        foreach (var list in function.Inputs.GroupBy(v => ListName(function, v)))
        {
            var box = Add(new(0, BoxKind.Input, list.Key, Types(list), null, list.First().Time, []));
            foreach (var input in list)
                sources[input.Id] = new(box, input.Type, input.Time);
        }
        Walk(function, sources, ImmutableDictionary<string, Dim>.Empty, new Scope("", null, []));
        foreach (var list in function.Results.GroupBy(v => (Name: ListName(function, v), Source: sources[v.Id].Box)))
        {
            var title = list.Key.Name.Any(char.IsLetter) ? list.Key.Name : "result";
            Connect(Add(new(0, BoxKind.Output, title, Types(list), null, list.First().Time, [])), [sources[list.First().Id]]);
        }
        // An input that no opened block takes is not drawn.
        var drawn = _boxes.Where(b => b.Kind != BoxKind.Input || _edges.Any(e => e.From == b.Id)).Select((box, id) => (box, id)).ToDictionary(b => b.box.Id, b => b.box with { Id = b.id });
        return new DiagramPanel(entry.Name, [.. drawn.Values.OrderBy(b => b.Id)], [.. _edges.Select(e => e with { From = drawn[e.From].Id, To = drawn[e.To].Id })], [.. _groups]);
    }

    private void Walk(Function function, Dictionary<int, Source> sources, ImmutableDictionary<string, Dim> sizes, Scope scope)
    {
        foreach (var step in Outline(function).Steps)
            Walk(function, step, sources, sizes, scope, []);
    }

    private void Walk(Function function, Step step, Dictionary<int, Source> sources, ImmutableDictionary<string, Dim> sizes, Scope scope, ImmutableArray<RepeatStep> enclosing)
    {
        if (step is RepeatStep { Period: > 1 } block)
        {
            _groups.Add(new(_groups.Count, block.Count));
            var inside = scope with { Groups = scope.Groups.Add(_groups.Count - 1) };
            foreach (var inner in block.Body)
                Walk(function, inner, sources, sizes, inside, enclosing.Add(block));
        }
        else
        {
            var (node, count) = (function.Nodes[step.First], step is RepeatStep chain ? chain.Count : 1);
            var results = node is CallNode call && count == 1 && Opens(call.Callee) ? Open(call, sources, scope)
                : Box(function, step, node, count, sources, sizes, scope, enclosing);
            foreach (var (value, source) in node.Results.Zip(results))
                sources[value.Id] = source;
        }
        if (step is RepeatStep repeat)
            for (var n = 0; n < repeat.Period * (repeat.Count - 1); n++)
                foreach (var (value, earlier) in function.Nodes[step.First + repeat.Period + n].Results.Zip(function.Nodes[step.First + n].Results))
                    sources[value.Id] = sources[earlier.Id];
    }

    /// <summary>The boxes of the callee in place of one for the call.</summary>
    private ImmutableArray<Source> Open(CallNode call, Dictionary<int, Source> sources, Scope scope)
    {
        var callee = _functions[call.Callee];
        var operands = call.Operands.Select(o => sources[o!.Id]).ToImmutableArray();
        var sizes = Unifier.Unify([.. callee.Inputs.Select(i => i.Type)], CallNode.Seen(callee, [.. operands.Select(o => o.Type)], call.Lift)).Sizes;
        var inner = new Dictionary<int, Source>();
        foreach (var (input, operand) in callee.Inputs.Zip(operands))
            inner[input.Id] = operand;
        var path = InstancePath.Join(scope.Path, call.Path);
        Walk(callee, inner, sizes, scope with { Path = path, Component = Component(path) ?? scope.Component });
        var lead = CallNode.Hidden(callee, [.. operands.Select(o => o.Type)], call.Lift);
        return [.. callee.Results.Select(r => inner[r.Id]).Select((s, i) => s with { Type = callee.Results[i].Type.Substitute(sizes) is var t ? t.WithShape([.. lead, .. t.Shape]) : s.Type })];
    }

    private ImmutableArray<Source> Box(
        Function function, Step step, Node node, int count, Dictionary<int, Source> sources, ImmutableDictionary<string, Dim> sizes, Scope scope, ImmutableArray<RepeatStep> enclosing)
    {
        var name = node is OpNode op ? op.Function == "forward" ? op.Op.Name : $"{op.Op.Name}.{op.Function}" : ((CallNode)node).Callee.Split('#')[0];
        var loops = step is RepeatStep own ? enclosing.Add(own) : enclosing;
        var path = node.Path.Length == 0 ? "" : IndexedText.Render(node.Path, loops.Select(e => (function.Nodes[step.First + e.Period].Path, 'i', e.Period == 1 ? e.Count : (int?)null)));
        var component = node.Path.Length == 0 ? scope.Component : Component(InstancePath.Join(scope.Path, node.Path)) ?? scope.Component;
        var time = node.Results.IsEmpty ? BindingTime.Text : node.Results.Max(r => r.Time);
        var box = Add(new(0, node is OpNode ? BoxKind.Op : BoxKind.Block, count > 1 ? $"{name} × {count}" : name, path.Length == 0 ? "" : Shown(InstancePath.Join(scope.Path, path), component), component, time, scope.Groups));
        Connect(box, node.Operands.OfType<Value>().Select(o => sources[o.Id]));
        return [.. node.Results.Select(r => new Source(box, r.Type.Substitute(sizes), r.Time))];
    }

    /// <summary>A path without the component's name, which stands at the frame.</summary>
    private static string Shown(string path, string? component) => component is not null && path.StartsWith(component + ".", StringComparison.Ordinal) ? path[(component.Length + 1)..] : path == component ? "" : path;

    private int Add(DiagramBox box)
    {
        _boxes.Add(box with { Id = _boxes.Count });
        return _boxes.Count - 1;
    }

    private void Connect(int box, IEnumerable<Source> sources)
    {
        foreach (var source in sources.DistinctBy(s => s.Box))
            _edges.Add(new(source.Box, box, source.Type, source.Time));
    }

    private bool Opens(string callee) => !_closed && _functions.TryGetValue(callee, out var f) && HoldsRepeats(f) && Boxes(f) <= LargestOpened;

    private bool HoldsRepeats(Function function) => Outline(function).Steps.Any(s => s is RepeatStep || (function.Nodes[s.First] is CallNode call && _functions.TryGetValue(call.Callee, out var f) && HoldsRepeats(f)));

    private int Boxes(Function function) => Outline(function).Steps.Sum(s => s is NodeStep && function.Nodes[s.First] is CallNode call && Opens(call.Callee) ? Boxes(_functions[call.Callee]) : 1);

    private string? Component(string path) => _components.GetValueOrDefault(path);

    private Outline Outline(Function function) => _outlines.TryGetValue(function.Name, out var known) ? known : _outlines[function.Name] = new Outline(function);

    private static string Types(IEnumerable<Value> list) => $"{list.First().Type}{(list.Count() > 1 ? $" × {list.Count()}" : "")}";

    /// <summary>A value's name; all elements of a list share one.</summary>
    private string ListName(Function function, Value value) => Outline(function).Name(value).TrimStart('%').Split('.')[0];

    private sealed record Source(int Box, TensorType Type, BindingTime Time);

    private sealed record Scope(string Path, string? Component, ImmutableArray<int> Groups);
}
