using System.Collections.Immutable;
using Mllm.Compiler.Model;
using static TorchSharp.torch;

namespace Mllm.Runtime.Evaluation;

/// <summary>Puts the pictures of samples into one batch.</summary>
internal static class PixelRows
{
    /// <summary>By encoder [pictures, 3, size, size], or [pictures, 1, 3, size, size] where a picture may be several frames; null without pictures. The caller disposes.</summary>
    /// <param name="samples">For each sample and encoder, its pictures.</param>
    public static Dictionary<string, Tensor>? Of(ModelProgram program, IReadOnlyList<IReadOnlyDictionary<string, ImmutableArray<float[]>>> samples)
    {
        if (samples.All(s => s.Values.All(p => p.IsEmpty)))
            return null;
        return program.Encoders.ToDictionary(e => e.Name, e =>
        {
            var pictures = samples.Where(s => s.ContainsKey(e.Name)).SelectMany(s => s[e.Name]).ToList();
            var size = (long)Math.Sqrt(pictures[0].Length / 3);
            var data = new float[pictures.Count * pictures[0].Length];
            for (var i = 0; i < pictures.Count; i++)
                pictures[i].CopyTo(data, i * pictures[0].Length);
            long[] shape = [pictures.Count, .. program.HasFrames ? new long[] { 1 } : [], 3, size, size];
            return tensor(data, shape);
        });
    }
}
