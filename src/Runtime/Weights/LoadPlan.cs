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
        var asked = new Dictionary<SourceTensor, List<string>>();
        foreach (var parameter in expected)
        {
            var name = map.NameOf(parameter.Path);
            var tensor = source.Find(name);
            if (tensor is not null && !asked.TryAdd(tensor, [parameter.Path])) asked[tensor].Add(parameter.Path);
            if (tensor is null)
                missing.Add(new MissingTensor(parameter.Path, name, parameter.Shape));
            else if (!tensor.Entry.Shape.SequenceEqual(parameter.Shape))
                shapes.Add(new WrongShape(parameter.Path, parameter.Shape, tensor));
            else if (!tensor.Entry.Dtype.IsFloat())
                dtypes.Add(new WrongDtype(parameter.Path, tensor));
            else
                loaded.Add(new LoadedTensor(parameter.Path, tensor));
        }
        var leftOver = source.Tensors.Values.Where(t => !asked.ContainsKey(t)).ToLookup(t => ignore.Any(p => Covers(p, t)));
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
            Shared = [.. asked.Where(a => a.Value.Count > 1).Select(a => new SharedTensor(a.Key.Name, [.. a.Value]))],
            IdleIgnores = [.. ignore.Where(p => !ignored.Any(t => Covers(p, t))).Select(p => p.Text)],
            Aside = source.Aside,
        };
    }

    private static bool Covers(IgnorePattern pattern, SourceTensor tensor) => pattern.Matches(tensor.Name) || pattern.Matches(BareName.Of(tensor.Name));
}
