using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>Decides from headers alone what each parameter of a model is loaded from.</summary>
public static class LoadPlan
{
    /// <summary>Compares a model with a checkpoint, name by name.</summary>
    /// <param name="expected">The model's parameters, in its order; paths are distinct.</param>
    /// <param name="map">How the checkpoint names them.</param>
    /// <param name="ignore">Tensors that the model may leave aside; a tensor that a parameter asks for is loaded nevertheless.</param>
    /// <param name="source">The checkpoint.</param>
    public static LoadReport FromHeaders(
        IReadOnlyList<ExpectedTensor> expected, CheckpointMap map, IReadOnlyList<IgnorePattern> ignore, CheckpointSource source) =>
        Explained(Compare(expected, map, ignore, source));

    /// <summary>The report with its hints: a search, so it is made for the report that is shown and not for each that is tried.</summary>
    internal static LoadReport Explained(LoadReport report) =>
        report with { Renames = RenameSearch.Find(report.Missing, report.Unexpected) };

    /// <summary>The comparison alone, without hints.</summary>
    internal static LoadReport Compare(
        IReadOnlyList<ExpectedTensor> expected, CheckpointMap map, IReadOnlyList<IgnorePattern> ignore, CheckpointSource source)
    {
        var loaded = ImmutableArray.CreateBuilder<LoadedTensor>();
        var missing = ImmutableArray.CreateBuilder<MissingTensor>();
        var shapes = ImmutableArray.CreateBuilder<WrongShape>();
        var dtypes = ImmutableArray.CreateBuilder<WrongDtype>();
        var asked = expected.ToLookup(e => map.NameOf(e.Path), StringComparer.Ordinal);
        foreach (var parameter in expected)
        {
            var name = map.NameOf(parameter.Path);
            if (!source.Tensors.TryGetValue(name, out var tensor))
                missing.Add(new MissingTensor(parameter.Path, name, parameter.Shape));
            else if (!tensor.Entry.Shape.SequenceEqual(parameter.Shape))
                shapes.Add(new WrongShape(parameter.Path, parameter.Shape, tensor));
            else if (!tensor.Entry.Dtype.IsFloat())
                dtypes.Add(new WrongDtype(parameter.Path, tensor));
            else
                loaded.Add(new LoadedTensor(parameter.Path, tensor));
        }
        var leftOver = source.Tensors.Values.Where(t => !asked.Contains(t.Name)).ToLookup(t => ignore.Any(p => p.Matches(t.Name)));
        var ignored = leftOver[true].ToImmutableArray();
        var unexpected = leftOver[false].ToImmutableArray();
        return new LoadReport
        {
            Source = source.Path,
            Files = source.Files.Length,
            Tensors = source.Tensors.Count,
            Bytes = source.TensorBytes,
            Loaded = loaded.ToImmutable(),
            Missing = missing.ToImmutable(),
            WrongShapes = shapes.ToImmutable(),
            WrongDtypes = dtypes.ToImmutable(),
            Unexpected = unexpected,
            Ignored = ignored,
            Shared = [.. asked.Where(g => g.Count() > 1 && source.Tensors.ContainsKey(g.Key))
                .Select(g => new SharedTensor(g.Key, [.. g.Select(e => e.Path)]))],
            IdleIgnores = [.. ignore.Where(p => !ignored.Any(t => p.Matches(t.Name))).Select(p => p.Text)],
        };
    }
}
