using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;

namespace Mllm.Compiler.Passes;

/// <summary>What scoring many pictures with many texts adds to a program: what is computed for each picture, for each text, and for each pair.</summary>
public static class ScoringGraph
{
    /// <summary>
    /// Adds, for each task T that gives a score of one picture and its texts, the entries <c>score.T.pictures</c> (from pixels), <c>score.T.texts</c> (from texts) and
    /// <c>score.T.pairs</c>, which takes what they give as <c>early0</c>, <c>early1</c>, ... in this order, and gives the score. A part with nothing to compute has no entry; without
    /// any there are no pairs either. Every result has the axis of rows in front, one for each picture, text or pair.
    /// </summary>
    public static ModelProgram Of(ModelProgram program)
    {
        var graph = program.Graph;
        foreach (var task in program.Tasks)
            if (task.Entry is { } entry && graph.Entry(entry) is { } point && graph.Function(point.Function) is var function && !function.Inputs.Any(i => SampleWise.Leads(i, EntryValues.Batch)))
                graph = Add(graph, function, entry);
        return program with { Graph = graph };
    }

    private static Graph Add(Graph graph, Function function, string entry)
    {
        var (functions, entries, rest) = (graph.Functions.ToBuilder(), graph.Entries.ToBuilder(), function);
        foreach (var (part, stem) in new[] { ("pictures", EntryInputs.Pixels), ("texts", EntryInputs.Text) })
        {
            var inputs = rest.Inputs.Select(i => i.Name).Where(n => n.StartsWith(stem, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
            if (Hoisting.Split(graph, rest, inputs, ImmutableHashSet<string>.Empty, $"{entry}.{part}") is not { } split)
                continue;
            functions.Add(split.Early);
            entries.Add(new EntryPoint($"{entry}.{part}", split.Early.Name));
            rest = split.Late;
        }
        if (ReferenceEquals(rest, function))
            return graph;
        functions.Add(rest);
        entries.Add(new EntryPoint($"{entry}.pairs", rest.Name));
        return graph with { Functions = functions.ToImmutable(), Entries = entries.ToImmutable() };
    }
}
