using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Passes;

/// <summary>
/// Cuts the entries of the language model in two: what depends on the images alone (keys and values of cross-attention) moves to the entry <c>media</c>, which runs once per
/// prompt, and its results become the inputs <c>kept0</c>, <c>kept1</c>, ... of <c>prefill</c> and <c>step</c>.
/// </summary>
public sealed class SplitImageTime : IPass
{
    public string Name => "split-image-time";

    public Graph Run(Graph graph)
    {
        var splitter = new Splitter(graph);
        var entries = graph.Entries.ToBuilder();
        string? media = null;
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Name is not ("prefill" or "step"))
                continue;
            var split = splitter.Split(entries[i].Function);
            entries[i] = entries[i] with { Function = split.Text.Name };
            media = split.Image?.Name ?? media;
        }
        if (media is not null)
            entries.Add(new EntryPoint("media", media));
        return graph with { Functions = [.. graph.Functions, .. splitter.Made], Entries = entries.ToImmutable() };
    }

    /// <param name="Image">The image-time part; null when there is none, then <c>Text</c> is the whole function.</param>
    /// <param name="ImageInputs">Which of the function's inputs the image-time part takes.</param>
    /// <param name="TextInputs">Which of the function's inputs the text-time part takes, before the kept values.</param>
    private sealed record Halves(Function? Image, ImmutableArray<int> ImageInputs, Function Text, ImmutableArray<int> TextInputs);

    private sealed class Splitter(Graph graph)
    {
        private readonly Dictionary<string, Function> _functions = graph.Functions.ToDictionary(f => f.Name);
        private readonly Dictionary<string, Halves> _done = new(StringComparer.Ordinal);

        public List<Function> Made { get; } = [];

        public Halves Split(string name)
        {
            if (!_done.TryGetValue(name, out var halves))
                _done[name] = halves = Cut(_functions[name]);
            return halves;
        }

        private Halves Cut(Function f)
        {
            var next = f.Inputs.Concat(f.Nodes.SelectMany(n => n.Results)).Max(v => v.Id) + 1;
            var imageNodes = new List<Node>();
            var textNodes = new List<Node>();
            var kept = new List<Value>();
            foreach (var node in f.Nodes)
            {
                if (node.Results.All(r => r.Time == BindingTime.Image))
                {
                    imageNodes.Add(node);
                    continue;
                }
                if (node.Results.All(r => r.Time == BindingTime.Constant) || node is not CallNode call || Split(call.Callee) is not { Image: { } image } halves)
                {
                    textNodes.Add(node);
                    continue;
                }
                var callee = _functions[call.Callee];
                var sizes = Unifier.Unify([.. callee.Inputs.Select(i => i.Type)], call.SeenBy(callee)).Sizes;
                ImmutableArray<Value> results = [.. image.Results.Select(r => new Value(next++, "", r.Type.Substitute(sizes), BindingTime.Image))];
                imageNodes.Add(new CallNode(image.Name, call.Lift, results, [.. halves.ImageInputs.Select(i => call.Operands[i])], call.Path, call.Span));
                textNodes.Add(call with { Callee = halves.Text.Name, Operands = [.. halves.TextInputs.Select(i => call.Operands[i]), .. results] });
            }
            if (imageNodes.Count == 0)
                return new Halves(null, [], f, [.. Enumerable.Range(0, f.Inputs.Length)]);
            var imageValues = imageNodes.SelectMany(n => n.Results).ToHashSet();
            foreach (var value in textNodes.SelectMany(n => n.Operands).Concat(f.Results))
                if (value is not null && imageValues.Contains(value) && !kept.Contains(value))
                    kept.Add(value);
            return Build(f, imageNodes, textNodes, [.. kept]);
        }

        private Halves Build(Function f, List<Node> imageNodes, List<Node> textNodes, ImmutableArray<Value> kept)
        {
            var constants = f.Nodes.Where(n => n.Results.All(r => r.Time == BindingTime.Constant));
            var (imageBody, imageInputs) = Close(f, [.. constants, .. imageNodes], kept);
            var image = DeadNodes.Clean(new Function(Free($"{f.Name}.image"), imageInputs, imageBody, kept));
            ImmutableArray<Value> keptInputs = [.. kept.Select((k, i) => k with { Name = $"kept{i}" })];
            var used = textNodes.SelectMany(n => n.Operands).Concat(f.Results).Where(o => o is not null).Select(o => o!.Id).ToHashSet();
            ImmutableArray<int> textInputs = [.. Enumerable.Range(0, f.Inputs.Length).Where(i => f.Inputs[i].Time == BindingTime.Text || used.Contains(f.Inputs[i].Id))];
            var text = DeadNodes.Clean(new Function(Free($"{f.Name}.text"), [.. textInputs.Select(i => f.Inputs[i]), .. keptInputs], [.. textNodes], f.Results));
            Made.Add(image);
            Made.Add(text);
            return new Halves(image, [.. imageInputs.Select(v => f.Inputs.IndexOf(v))], text, textInputs);
        }

        /// <summary>A block's own function may have the name already.</summary>
        private string Free(string name)
        {
            var free = name;
            for (var i = 2; _functions.ContainsKey(free) || Made.Any(m => m.Name == free); i++)
                free = $"{name}#{i}";
            return free;
        }

        /// <summary>The nodes in their order, and the inputs they need.</summary>
        private static (ImmutableArray<Node> Nodes, ImmutableArray<Value> Inputs) Close(Function f, IEnumerable<Node> nodes, ImmutableArray<Value> results)
        {
            var body = DeadNodes.Clean(new Function("", [], [.. nodes], results)).Nodes;
            var used = body.SelectMany(n => n.Operands).Concat(results).Where(o => o is not null).Select(o => o!.Id).ToHashSet();
            return (body, [.. f.Inputs.Where(i => used.Contains(i.Id))]);
        }
    }
}
