using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>How a model's weights are written.</summary>
/// <param name="Names">The name of a checkpoint map of the program; null for the model's own names.</param>
/// <param name="Merge">Whether adapters are merged into the weights that they adapt, and left out; <see cref="Mllm.Compiler.Planning.Mergeability"/> allows it.</param>
/// <param name="Dtype">The element type of all that is no integer; null for the type that each tensor has.</param>
/// <param name="ForInference">Whether what only training needs is left out: twins and queues.</param>
public sealed record ExportOptions(string? Names = null, bool Merge = false, ScalarType? Dtype = null, bool ForInference = false);

/// <summary>Writes the parameters of a model, read from one checkpoint, as another: in other names, with adapters or with what they do in the weights.</summary>
public static class StateDictExport
{
    /// <summary>Writes one safetensors file, which says which model and variant it is of unless its adapters are merged.</summary>
    /// <param name="report">Where each parameter is; it is complete.</param>
    /// <returns>How many tensors were written, and how many adapters merged.</returns>
    /// <exception cref="InputException">There is no such map, or it gives different tensors one name.</exception>
    public static (int Tensors, int Merged) Write(ModelProgram program, LoadReport report, string path, ExportOptions options)
    {
        var map = options.Names is { } names ? ModelLoader.MapOf(program, names) : CheckpointMap.Identity;
        using var scope = NewDisposeScope();
        using var reader = new TensorReader();
        var left = options.ForInference ? Beginning.Of(program) : [];
        var loaded = report.Loaded.Where(l => !left.Contains(l.Path)).ToList();
        var stored = loaded.ToDictionary(l => l.Path, l => reader.Read(l.Tensor, CPU), StringComparer.Ordinal);
        var sources = loaded.ToDictionary(l => l.Path, l => (object)l.Tensor, StringComparer.Ordinal);
        if (options.Merge)
            Merge(program, stored, sources, isRounded: options.Dtype is null);
        foreach (var changed in options.Dtype is null ? [] : stored.Keys.ToList())
            if (stored[changed] is var tensor && tensor.is_floating_point() && tensor.dtype != options.Dtype)
                stored[changed] = tensor.to(options.Dtype!.Value);
        var tensors = new Dictionary<string, (string Path, TensorData Data)>(StringComparer.Ordinal);
        foreach (var parameter in program.Graph.Parameters.Where(p => stored.ContainsKey(p.Path)))
        {
            var name = map.NameOf(parameter.Path);
            if (!tensors.TryAdd(name, (parameter.Path, new TorchTensorData(name, stored[parameter.Path]))) && !sources[tensors[name].Path].Equals(sources[parameter.Path]))
                throw new InputException($"`{tensors[name].Path}` and `{parameter.Path}` hold different tensors, \"{options.Names}\" calls both `{name}`");
        }
        SafetensorsWriter.Write(path, tensors.Values.Select(t => t.Data), options.Merge ? null : Identification(program));
        return (tensors.Count, options.Merge ? program.Adapters.Length : 0);
    }

    /// <summary>What a file of weights says of the model that it is of: its name and its variant, an empty one for the model's defaults.</summary>
    public static Dictionary<string, string> Identification(ModelProgram program) => new() { ["model"] = program.Name, ["variant"] = program.Variant ?? "" };

    /// <param name="isRounded">Whether what is merged has the element type of the weight it adapts; else it is left as it was computed.</param>
    private static void Merge(ModelProgram program, Dictionary<string, Tensor> stored, Dictionary<string, object> sources, bool isRounded)
    {
        using var merging = new AdapterMerging();
        foreach (var adapter in program.Adapters)
        {
            foreach (var (path, value) in merging.Merge(adapter, p => isRounded ? stored[p] : stored[p].to(ScalarType.Float64)))
                // What was merged is no longer the tensor of the checkpoint, which others may share.
                (stored[path], sources[path]) = (value, (adapter, path));
            foreach (var parameter in adapter.Graph.Parameters)
                stored.Remove(InstancePath.Join(adapter.Target, parameter.Path));
        }
    }
}
