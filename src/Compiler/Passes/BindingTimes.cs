using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Passes;

/// <summary>
/// Gives every value its binding time. A function that is called with arguments of different times becomes one copy for each combination, so that what
/// depends on parameters alone (computed once per model, without a batch) and what depends on images alone is known everywhere.
/// </summary>
public sealed class BindingTimes : IPass
{
    public string Name => "binding-times";

    public Graph Run(Graph graph) => new Specialiser(graph).Run();

    private sealed class Specialiser(Graph graph)
    {
        private readonly Dictionary<string, Function> _sources = graph.Functions.ToDictionary(f => f.Name);
        private readonly Dictionary<string, Function> _done = new(StringComparer.Ordinal);
        private readonly HashSet<string> _names = [];
        private readonly List<Function> _functions = [];

        public Graph Run()
        {
            foreach (var entry in graph.Entries)
                _names.Add(entry.Function);
            foreach (var entry in graph.Entries)
                Specialise(entry.Function, [.. _sources[entry.Function].Inputs.Select(i => TimeOf(i.Name))], entry.Function);
            return graph with { Functions = [.. _functions] };
        }

        private static BindingTime TimeOf(string input) =>
            EntryInputs.IsPixels(input) || EntryInputs.IsMedia(input) ? BindingTime.Image : BindingTime.Text;

        private Function Specialise(string name, ImmutableArray<BindingTime> times, string? entry = null)
        {
            var key = $"{name}({string.Join(",", times)})";
            if (_done.TryGetValue(key, out var known))
                return known;
            var source = _sources[name];
            var values = new Dictionary<int, Value>();
            Value Define(Value v, BindingTime time) => values[v.Id] = v with { Time = time };
            ImmutableArray<Value> inputs = [.. source.Inputs.Select((v, i) => Define(v, times[i]))];
            var nodes = ImmutableArray.CreateBuilder<Node>();
            foreach (var node in source.Nodes)
            {
                ImmutableArray<Value?> operands = [.. node.Operands.Select(o => o is null ? null : values[o.Id])];
                if (node is CallNode call)
                {
                    var callee = Specialise(call.Callee, [.. operands.Select(o => o!.Time)]);
                    nodes.Add(call with { Callee = callee.Name, Operands = operands, Results = [.. node.Results.Select((r, i) => Define(r, callee.Results[i].Time))] });
                }
                else
                {
                    var time = operands.Max(o => o?.Time) ?? BindingTime.Constant;
                    nodes.Add(node with { Operands = operands, Results = [.. node.Results.Select(r => Define(r, time))] });
                }
            }
            var function = new Function(entry ?? Free(name), inputs, nodes.ToImmutable(), [.. source.Results.Select(r => values[r.Id])]);
            _functions.Add(function);
            return _done[key] = function;
        }

        private string Free(string name)
        {
            if (_names.Add(name))
                return name;
            var stem = name.Split('#')[0];
            for (var i = 2; ; i++)
                if (!_sources.ContainsKey($"{stem}#{i}") && _names.Add($"{stem}#{i}"))
                    return $"{stem}#{i}";
        }
    }
}
