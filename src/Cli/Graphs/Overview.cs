using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Mllm.Compiler.Ir;

namespace Mllm.Cli.Graphs;

/// <summary>
/// What a drawing of a graph shows: the parts of each component that own parameters or join text and media, and what flows between them. Operations without
/// either are passed through, layers are not opened, and what repeats is shown once.
/// </summary>
internal sealed record Overview(string Title, ImmutableArray<OverviewBox> Boxes, ImmutableArray<(int From, int To)> Edges)
{
    public static Overview Of(Graph graph) => new OverviewBuilder(graph).Build();

    /// <summary>The titles of the components' frames, in order; boxes without one stand outside.</summary>
    public IEnumerable<string> Groups => Boxes.Select(b => b.Group).OfType<string>().Distinct();
}

/// <summary>One box.</summary>
/// <param name="Group">The title of the frame that it stands in, or null.</param>
/// <param name="Label">What it is: a block, a primitive, an input.</param>
/// <param name="Path">Its path in the component, with <c>*</c> for the numbers of repetitions.</param>
/// <param name="Type">The type of what it gives.</param>
/// <param name="Times">How often it repeats.</param>
internal sealed record OverviewBox(int Id, string? Group, string Label, string Path, string Type, int Times = 1)
{
    /// <summary>The lines that a drawing writes into the box.</summary>
    public IEnumerable<string> Lines => new[] { Times > 1 ? $"{Label} × {Times}" : Label, Path, Type }.Where(l => l.Length > 0);
}

/// <summary>Walks the entries of a graph in the order in which a prompt passes them.</summary>
internal sealed class OverviewBuilder(Graph graph)
{
    private static readonly ImmutableArray<string> Joins = ["splice", "media_mask"];

    private readonly List<OverviewBox> _boxes = [];
    private readonly HashSet<(int From, int To)> _edges = [];

    /// <summary>Where the inputs of later entries come from, by name.</summary>
    private readonly Dictionary<string, ImmutableHashSet<int>> _given = new(StringComparer.Ordinal);

    public Overview Build()
    {
        Enter("encode", "{0}", index => $"media{index}");
        Enter("media", "{0}, once per prompt", index => $"kept{index}");
        Enter(graph.Entry("prefill") is not null ? "prefill" : "step", "{0}", _ => "hidden");
        Enter("head", "{0}", _ => "logits");
        // A model without a language model has its outputs alone; the last one stands for them.
        if (_boxes.Count == 0 && graph.Entries is [.., var output])
            Enter(output.Name, "{0}", _ => output.Name);
        if (_given.TryGetValue("logits", out var sources))
            Connect(sources, Box(null, "logits", "", ""));
        while (Collapse())
        {
        }
        var used = _edges.SelectMany(e => new[] { e.From, e.To }).ToHashSet();
        return new Overview(graph.Name, [.. _boxes.Where(b => used.Contains(b.Id))], [.. _edges.Order()]);
    }

    private void Enter(string name, string group, Func<int, string> resultName)
    {
        if (graph.Entry(name) is not { } entry)
            return;
        var function = graph.Function(entry.Function);
        var values = new Dictionary<int, ImmutableHashSet<int>>();
        foreach (var input in function.Inputs)
            values[input.Id] = _given.TryGetValue(input.Name, out var known) ? known : _given[input.Name] = [Box(null, input.Name, "", input.Type.ToString())];
        Walk(function, values, null, group);
        foreach (var (index, result) in function.Results.Index())
            _given[resultName(index)] = values[result.Id];
    }

    /// <summary>Adds the boxes of a function's nodes; <paramref name="values"/> holds for each value the boxes that it comes from.</summary>
    /// <param name="owner">The component that is being walked; null in an entry, whose calls are of components.</param>
    private void Walk(Function function, Dictionary<int, ImmutableHashSet<int>> values, string? owner, string group)
    {
        foreach (var node in function.Nodes)
        {
            var sources = node.Operands.OfType<Value>().SelectMany(v => values[v.Id]).ToImmutableHashSet();
            if (node is CallNode call && (owner is null || call.Path.Length == 0))
            {
                var callee = graph.Function(call.Callee);
                var inner = callee.Inputs.Zip(call.Operands).ToDictionary(p => p.First.Id, p => p.Second is { } v ? values[v.Id] : []);
                Walk(callee, inner, owner ?? call.Path, group);
                foreach (var (given, result) in callee.Results.Zip(call.Results))
                    values[result.Id] = inner[given.Id];
                continue;
            }
            var isShown = node is CallNode || (node is OpNode op && (Joins.Contains(op.Op.Name) || (op.Path.Length > 0 && op.Op.IsModule && op.Operands.Length > 0)));
            if (isShown)
            {
                var label = node is CallNode c ? Plain(c.Callee) : ((OpNode)node).Op.Name;
                // In an entry an operation on a component's own parameters is that component.
                var frame = owner ?? (node.Path.Length > 0 ? node.Path : null);
                var box = Box(frame is null ? null : string.Format(System.Globalization.CultureInfo.InvariantCulture, group, frame), label, owner is null ? "" : node.Path, node.Results[0].Type.ToString());
                Connect(sources, box);
                sources = [box];
            }
            foreach (var result in node.Results)
                values[result.Id] = sources;
        }
    }

    private int Box(string? group, string label, string path, string type)
    {
        _boxes.Add(new OverviewBox(_boxes.Count, group, label, path, type));
        return _boxes.Count - 1;
    }

    private void Connect(IEnumerable<int> sources, int box)
    {
        foreach (var source in sources)
            _edges.Add((source, box));
    }

    /// <summary>A function's name without the marks of its setting and binding time.</summary>
    private static string Plain(string function) => Regex.Replace(function, @"#\d+|\.(text|image|constant)$", "");

    /// <summary>
    /// Replaces each run of repeated boxes of one frame by its first; edges between repetitions disappear. What repeats inside a repetition is found the next
    /// time.
    /// </summary>
    /// <returns>Whether anything repeated.</returns>
    private bool Collapse()
    {
        var first = _boxes.ToDictionary(b => b.Id, b => b.Id);
        var collapsed = new List<OverviewBox>();
        for (var start = 0; start < _boxes.Count;)
        {
            var (period, count) = LongestRun(start);
            for (var i = 0; i < period * count; i++)
                first[_boxes[start + i].Id] = _boxes[start + i % period].Id;
            collapsed.AddRange(_boxes.GetRange(start, period).Select(b => count == 1 ? b : b with { Times = b.Times * count, Path = Template(b) }));
            start += period * count;
        }
        var hasRun = collapsed.Count < _boxes.Count;
        var edges = _edges.Select(e => (From: first[e.From], To: first[e.To])).Where(e => e.From < e.To).ToList();
        _boxes.Clear();
        _boxes.AddRange(collapsed);
        _edges.Clear();
        _edges.UnionWith(edges);
        return hasRun;
    }

    /// <summary>The period and the number of repetitions that together cover the most boxes from a place on; (1, 1) for none.</summary>
    private (int Period, int Count) LongestRun(int start)
    {
        const int longest = 16;
        var best = (Period: 1, Count: 1);
        for (var period = 1; period <= longest && start + 2 * period <= _boxes.Count; period++)
        {
            var count = 1;
            while (start + (count + 1) * period <= _boxes.Count && Enumerable.Range(0, period).All(i => Alike(start + i, start + count * period + i)))
                count++;
            if (count > 1 && period * count > best.Period * best.Count)
                best = (period, count);
        }
        return best;
    }

    private bool Alike(int a, int b) => _boxes[a].Group is not null && Key(_boxes[a]) == Key(_boxes[b]);

    private static (string?, string, string, string, int) Key(OverviewBox b) => (b.Group, b.Label, Template(b), b.Type, b.Times);

    private static string Template(OverviewBox b) => Regex.Replace(b.Path, @"(?<=^|\.)\d+(?=\.|$)", "*");
}
