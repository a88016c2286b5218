using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Cli.Training;

/// <summary>Where the parts of a model begin that is going to be trained: with a checkpoint's values or with fresh ones, each part as a whole.</summary>
internal static class StartingWeights
{
    /// <summary>Makes the model.</summary>
    /// <returns>The model, and for each part where its values come from.</returns>
    /// <exception cref="Failure">A checkpoint cannot be read, or has something of a part but not all.</exception>
    public static (MultimodalModel Model, ImmutableArray<KeyValuePair<string, string>> Parts) Load(ModelProgram program, ImmutableArray<string> weights, ScalarType dtype, Device device, ulong seed)
    {
        const string Fresh = "fresh";
        if (weights.IsEmpty)
            return (ModelLoader.Random(program, dtype, device, seed), [.. Parts(program).Select(p => KeyValuePair.Create(p.Key, Fresh))]);
        var opened = CheckpointSources.Open(weights);
        if (!opened.Ok)
            throw new Failure(string.Join("\n", opened.Errors.Select(e => e.Render())));
        using var sources = opened.Value!;
        var report = ModelLoader.Plan(program, sources);
        var loaded = report.Loaded.ToDictionary(l => l.Path, l => l.Tensor.File.Path, StringComparer.Ordinal);
        var parts = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var part in Parts(program))
        {
            var found = part.Where(loaded.ContainsKey).ToList();
            if (found.Count > 0 && found.Count < part.Count())
                throw new Failure($"the weights have {found.Count} of the {part.Count()} parameters of '{part.Key}': a part begins with a checkpoint or with fresh numbers, not with both\n{report.ToText()}") { ExitCode = ExitCode.Findings };
            parts.Add(KeyValuePair.Create(part.Key, found.Count == 0 ? Fresh : string.Join(", ", found.Select(p => loaded[p]).Distinct())));
        }
        if (report.Loaded.IsEmpty || !report.WrongShapes.IsEmpty || !report.WrongDtypes.IsEmpty)
            throw new Failure($"the weights do not fit '{program.Name}' ({program.Variant})\n{report.ToText()}") { ExitCode = ExitCode.Findings };
        return (ModelLoader.Load(program, report, dtype, device, fresh: seed), parts.ToImmutable());
    }

    /// <summary>The paths of each part's parameters; what training makes itself (twins, queues) is of none.</summary>
    private static IEnumerable<IGrouping<string, string>> Parts(ModelProgram program)
    {
        var made = program.Components.Where(c => c.Role is Role.Twin or Role.Queue).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        return program.Graph.Parameters.Where(p => !made.Contains(p.Component)).GroupBy(p => p.Component, p => p.Path);
    }
}
