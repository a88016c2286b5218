using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Model;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>Makes models from programs: with the weights of a checkpoint, or with seeded random numbers.</summary>
public static class ModelLoader
{
    /// <summary>A model with random weights.</summary>
    public static MultimodalModel Random(ModelProgram program, ScalarType dtype, Device device, ulong seed, ExecutorOptions? options = null) =>
        new(program, Beginning.Twins(program, CompiledModel.OnMeta(program.Graph, dtype, device).Initialise(seed), program.Graph.Parameters.Select(p => p.Path)), options);

    /// <summary>Decides from headers alone whether a checkpoint fits a program, with the best of the program's maps.</summary>
    /// <exception cref="InputException">A map of the file is wrong.</exception>
    public static LoadReport Plan(ModelProgram program, CheckpointSource source) => Plan(program, expected => BestMap.Choose(expected, Maps(program), source));

    /// <summary>The same for several checkpoints, of which a later one stands over earlier ones.</summary>
    /// <exception cref="InputException">A map of the file is wrong.</exception>
    public static LoadReport Plan(ModelProgram program, CheckpointSources sources) => Plan(program, expected => BestMap.Choose(expected, Maps(program), sources));

    /// <summary>Twins and queues, which only training needs, may be missing or have another shape.</summary>
    private static LoadReport Plan(ModelProgram program, Func<List<ExpectedTensor>, LoadReport> choose)
    {
        var expected = Expected(program);
        var report = choose(expected);
        var lacking = report.Missing.Select(m => m.Path).Concat(report.WrongShapes.Select(w => w.Path)).Where(Beginning.Of(program).Contains).ToHashSet(StringComparer.Ordinal);
        return lacking.Count == 0 ? report : choose([.. expected.Where(e => !lacking.Contains(e.Path))]);
    }

    /// <summary>A model with the weights of a checkpoint, which its report says are complete unless the rest begins with fresh numbers.</summary>
    /// <param name="fresh">The seed of parameters that the checkpoint lacks.</param>
    /// <param name="progress">Called with the number of tensors read so far and their total.</param>
    public static MultimodalModel Load(ModelProgram program, LoadReport report, ScalarType dtype, Device device, ExecutorOptions? options = null, Action<int, int>? progress = null, ulong? fresh = null)
    {
        var model = CompiledModel.OnMeta(program.Graph, dtype, device);
        using var reader = new TensorReader();
        for (var i = 0; i < report.Loaded.Length; i++)
        {
            model.Parameters.Assign(report.Loaded[i].Path, reader.Read(report.Loaded[i].Tensor, device, dtype));
            progress?.Invoke(i + 1, report.Loaded.Length);
        }
        var loaded = report.Loaded.Select(l => l.Path).ToHashSet(StringComparer.Ordinal);
        if (fresh is { } seed)
            model.Initialise(seed, [.. program.Graph.Parameters.Select(p => p.Path).Where(p => !loaded.Contains(p))]);
        return new MultimodalModel(program, Beginning.Twins(program, model, Beginning.Of(program).Where(p => !loaded.Contains(p))), options);
    }

    /// <summary>How one of the program's checkpoint sections names parameters.</summary>
    /// <exception cref="InputException">There is no such section, or it is wrong.</exception>
    internal static CheckpointMap MapOf(ModelProgram program, string name) =>
        Map(program.Checkpoints.FirstOrDefault(c => c.Name == name) ?? throw new InputException($"'{program.Name}' has no checkpoint \"{name}\"")).Map;

    private static List<ExpectedTensor> Expected(ModelProgram program) =>
        [.. program.Graph.Parameters.Select(p => new ExpectedTensor(p.Path, [.. p.Shape.Select(d => d.Value!.Value)]))];

    private static List<NamedMap> Maps(ModelProgram program) =>
        [.. program.Checkpoints.Select(Map), new NamedMap("the model's own names", CheckpointMap.Identity, [])];

    private static NamedMap Map(Checkpoint checkpoint)
    {
        var map = CheckpointMap.Create(checkpoint.Rules.Select(r => new MapRule(r.Key, r.Value)));
        var ignore = checkpoint.Ignore.Select(IgnorePattern.Parse).ToList();
        var errors = map.Errors.Concat(ignore.SelectMany(i => i.Errors)).ToList();
        if (errors.Count > 0)
            throw new InputException($"checkpoint \"{checkpoint.Name}\": {string.Join("; ", errors.Select(e => e.Message))}");
        return new NamedMap(checkpoint.Name, map.Value!, [.. ignore.Select(i => i.Value!)]);
    }
}
