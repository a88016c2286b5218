using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Passes;

/// <summary>What training adds to a program: for each stage, the part of its work that is the same for a picture as long as the stage lasts.</summary>
public static class TrainingGraph
{
    /// <summary>
    /// Adds for every stage S the entries <c>encode.early.S</c> and <c>encode.late.S</c>, and <c>loss.early.S</c> and <c>loss.late.S</c>, each pair where it saves something. The early
    /// ones take pixels alone and no parameter that the stage changes: those that it trains, and twins and queues where it has momentum or pushes. Results of <c>encode.early.S</c> have
    /// the axis of rows in front, one for each picture; those of <c>loss.early.S</c> the axis of samples, as its pixels do.
    /// </summary>
    public static ModelProgram Of(ModelProgram program)
    {
        var graph = program.Graph;
        foreach (var stage in program.Stages)
        {
            var late = Changed(program, stage);
            graph = Add(graph, "encode", "encode", stage.Name, late, null);
            if (stage.Loss is { } loss)
                graph = Add(graph, "loss", loss, stage.Name, late, EntryValues.Batch);
        }
        return program with { Graph = graph };
    }

    /// <summary>The parameters that differ after a step of a stage.</summary>
    public static ImmutableHashSet<string> Changed(ModelProgram program, Stage stage)
    {
        var moves = stage.Settings.Any(s => s.Key == "momentum") || !stage.Pushes.IsEmpty;
        var followers = program.Components.Where(c => moves && c.Role is Role.Twin or Role.Queue).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        return [.. stage.Trained, .. program.Graph.Parameters.Where(p => followers.Contains(p.Component)).Select(p => p.Path)];
    }

    private static Graph Add(Graph graph, string role, string entry, string stage, IReadOnlySet<string> late, Dim? samples)
    {
        if (graph.Entry(entry) is not { } point)
            return graph;
        var function = graph.Function(point.Function);
        var pixels = function.Inputs.Select(i => i.Name).Where(EntryInputs.IsPixels).ToHashSet(StringComparer.Ordinal);
        return Hoisting.Split(graph, function, pixels, late, $"{role}.{stage}", samples) is not { } split ? graph : graph with
        {
            Functions = [.. graph.Functions, split.Early, split.Late],
            Entries = [.. graph.Entries, new EntryPoint($"{role}.early.{stage}", split.Early.Name), new EntryPoint($"{role}.late.{stage}", split.Late.Name)],
        };
    }
}
