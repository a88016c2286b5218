using System.Runtime.InteropServices;
using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Weights;

namespace Mllm.Cli;

/// <summary>Writes the pixels that a model makes of a picture.</summary>
internal static class PreprocessSession
{
    /// <summary>Writes one tensor for each encoder, named <c>pixel_values</c> (with the encoder's name behind it where there are several), and gives the shapes.</summary>
    public static string Write(ModelProgram program, string picture, string path)
    {
        if (program.Encoders.IsEmpty)
            throw new Failure($"'{program.Name}' has no encoder: it takes no pictures");
        var image = PictureReader.Decode(picture);
        var tensors = program.Encoders.Select(e =>
        {
            var pixels = PictureReader.Pixels(program, e.Name, [image]);
            var name = program.Encoders.Length == 1 ? "pixel_values" : $"pixel_values.{e.Name}";
            return TensorData.OfBytes(name, WeightDtype.F32, [.. pixels.Shape[1..].Select(s => (long)s)], MemoryMarshal.AsBytes(pixels.Data.AsSpan()).ToArray());
        }).ToList();
        SafetensorsWriter.Write(path, tensors);
        return string.Join(", ", tensors.Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]"));
    }
}
