using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>Writes the parameters of a model, read from one checkpoint, as another: in other names, with adapters or with what they do in the weights.</summary>
public static class StateDictExport
{
    /// <summary>Writes one safetensors file in which every tensor has the element type that it had.</summary>
    /// <param name="report">Where each parameter is; it is complete.</param>
    /// <param name="names">The name of a checkpoint map of the program; null for the model's own names.</param>
    /// <param name="merge">Whether adapters are merged into the weights that they adapt, and left out; <see cref="Mllm.Compiler.Planning.Mergeability"/> allows it.</param>
    /// <returns>How many tensors were written, and how many adapters merged.</returns>
    /// <exception cref="InputException">There is no such map, or it gives different tensors one name.</exception>
    public static (int Tensors, int Merged) Write(ModelProgram program, LoadReport report, string path, string? names, bool merge)
    {
        var map = names is null ? CheckpointMap.Identity : ModelLoader.MapOf(program, names);
        using var scope = NewDisposeScope();
        using var reader = new TensorReader();
        var stored = report.Loaded.ToDictionary(l => l.Path, l => reader.Read(l.Tensor, CPU), StringComparer.Ordinal);
        var sources = report.Loaded.ToDictionary(l => l.Path, l => (object)l.Tensor, StringComparer.Ordinal);
        if (merge)
            Merge(program, stored, sources);
        var tensors = new Dictionary<string, (string Path, TensorData Data)>(StringComparer.Ordinal);
        foreach (var parameter in program.Graph.Parameters.Where(p => stored.ContainsKey(p.Path)))
        {
            var name = map.NameOf(parameter.Path);
            if (!tensors.TryAdd(name, (parameter.Path, new TorchTensorData(name, stored[parameter.Path]))) && !sources[tensors[name].Path].Equals(sources[parameter.Path]))
                throw new InputException($"`{tensors[name].Path}` and `{parameter.Path}` hold different tensors, \"{names}\" calls both `{name}`");
        }
        SafetensorsWriter.Write(path, tensors.Values.Select(t => t.Data));
        return (tensors.Count, merge ? program.Adapters.Length : 0);
    }

    private static void Merge(ModelProgram program, Dictionary<string, Tensor> stored, Dictionary<string, object> sources)
    {
        using var merging = new AdapterMerging();
        foreach (var adapter in program.Adapters)
        {
            foreach (var (path, value) in merging.Merge(adapter, p => stored[p]))
                // What was merged is no longer the tensor of the checkpoint, which others may share.
                (stored[path], sources[path]) = (value, (adapter, path));
            foreach (var parameter in adapter.Graph.Parameters)
                stored.Remove(InstancePath.Join(adapter.Target, parameter.Path));
        }
    }
}
