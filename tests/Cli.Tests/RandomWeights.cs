using Mllm.Compiler;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Native;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Cli.Tests;

/// <summary>Weights that tests write: random numbers of another seed than the program's own.</summary>
internal static class RandomWeights
{
    /// <summary>Writes weights of a variant, in float32, and says in them what they are of.</summary>
    public static string Write(string file, string path, string? variant = null)
    {
        TorchLibrary.Load();
        var program = SourceFolder.Load(file).Compile(new CompileRequest(variant)).Value!;
        using var model = ModelLoader.Random(program, ScalarType.Float32, CPU, seed: 7);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SafetensorsWriter.Write(path, program.Graph.Parameters.Select(p => new TorchTensorData(p.Path, model.Weights.Parameters[p.Path])), StateDictExport.Identification(program));
        return path;
    }
}
