using System.Collections.Immutable;
using System.Text;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>A whole graph as text: entries, functions by binding time, parameters.</summary>
internal static class GraphText
{
    public static string Print(Graph graph)
    {
        var symbols = graph.Entries.SelectMany(e => graph.Functions.Where(f => f.Name == e.Function)).SelectMany(f => f.Inputs).SelectMany(i => i.Type.Shape)
            .SelectMany(d => d.Symbols).Distinct().Order(StringComparer.Ordinal).ToList();
        var text = new StringBuilder($"graph {graph.Name}{(symbols.Count == 0 ? "" : $" {{{string.Join(", ", symbols)}}}")}\n");
        foreach (var entry in graph.Entries)
            text.Append($"entry {entry.Name} = {entry.Function}\n");
        // Constant, image and text time in turn; inside each, functions stand before what they call.
        foreach (var function in Reading(graph).OrderBy(f => FunctionText.TimeOf(f) ?? BindingTime.Text))
            text.Append('\n').Append(FunctionText.Print(function));
        return text.Append('\n').Append(ParameterText.Print(graph)).ToString();
    }

    /// <summary>Functions in the order in which a reader meets them from the entries on, then those that nothing reaches.</summary>
    private static ImmutableArray<Function> Reading(Graph graph)
    {
        var functions = graph.Functions.GroupBy(f => f.Name).ToDictionary(g => g.Key, g => g.First());
        var (met, order) = (new HashSet<string>(), ImmutableArray.CreateBuilder<Function>());
        foreach (var name in graph.Entries.Select(e => e.Function).Concat(graph.Functions.Select(f => f.Name)))
            Meet(name);
        return order.ToImmutable();

        void Meet(string name)
        {
            if (!functions.TryGetValue(name, out var function) || !met.Add(name))
                return;
            order.Add(function);
            foreach (var call in function.Nodes.OfType<CallNode>())
                Meet(call.Callee);
        }
    }
}
