using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Weights;

namespace Mllm.Cli;

/// <summary>The weights that belong to a file: <c>weights/NAME/model.safetensors</c> beside it, NAME being the file's, followed by <c>-VARIANT</c> for another variant than <c>tiny</c>.</summary>
internal static class OwnWeights
{
    private const string Usual = "tiny";

    /// <summary>The folder of a variant's weights; null where there is none, or what is there is of another model or variant or does not fit.</summary>
    /// <param name="file">The model's file, as the user named it.</param>
    /// <exception cref="Failure">The weights are broken.</exception>
    public static string? Find(string file, ModelProgram program)
    {
        var folder = Path.Combine(Path.GetDirectoryName(file) ?? "", "weights", NameOf(file, program.Variant));
        if (!File.Exists(Path.Combine(folder, "model.safetensors")))
            return null;
        var opened = CheckpointSource.Open(folder);
        if (!opened.Ok)
            throw new Failure(string.Join("\n", opened.Errors.Select(e => e.Render()))) { Help = "`--random` does without these weights" };
        using var source = opened.Value!;
        var isMeant = StateDictExport.Identification(program).All(said => source.Files.All(f => f.Metadata.GetValueOrDefault(said.Key) == said.Value));
        return isMeant && ModelLoader.Plan(program, source).IsComplete ? folder : null;
    }

    private static string NameOf(string file, string? variant)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        return variant is null or Usual ? name : $"{name}-{string.Join('-', variant.Split(Path.GetInvalidFileNameChars().Append('/').Append('\\').ToArray()))}";
    }
}
