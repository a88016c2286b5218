using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Inputs;
using static TorchSharp.torch;

namespace Mllm.Cli;

/// <summary>The pictures of a run: those that are named, or the one that is shipped.</summary>
internal sealed record RunInputs(ImmutableArray<string> Names, ImmutableArray<RgbImage> Pictures)
{
    private const string SamplePicture = "chelsea.png";

    public static readonly RunInputs None = new([], []);

    /// <summary>Reads the pictures for an entry.</summary>
    /// <exception cref="Failure">There are pictures for an entry that takes none.</exception>
    public static RunInputs Of(ModelProgram program, string entry, ImmutableArray<string> paths)
    {
        if (!program.TakesPictures(entry))
            return paths.IsEmpty ? None : throw new Failure($"'{program.Name}' takes no pictures");
        if (!paths.IsEmpty)
            return new(paths, [.. paths.Select(PictureReader.Decode)]);
        return new([SamplePicture], [PictureReader.Decode(SamplePictures.Bytes(SamplePicture), SamplePicture)]);
    }

    /// <summary>What a run shows of its pictures and texts: a line each.</summary>
    /// <param name="texts">What they are called, and what they say.</param>
    public ImmutableArray<string> Shown(bool isSample, IEnumerable<(string Name, string Text)> texts) =>
    [
        .. Names.IsEmpty ? [] : isSample ? [$"picture {Names[0]} (shipped)"] : new[] { $"picture{(Names.Length == 1 ? "" : "s")} {string.Join(", ", Names)}" },
        .. texts.Select(t => $"{t.Name} {Quote(t.Text)}"),
    ];

    /// <summary>The pixels by encoder, [pictures, 3, height, width], or [pictures, 1, 3, height, width] where a picture may be several frames; the caller disposes.</summary>
    public Dictionary<string, Tensor> Pixels(ModelProgram program) => Pictures.IsEmpty ? [] : program.Encoders.ToDictionary(e => e.Name, e =>
    {
        var pixels = PictureReader.Pixels(program, e.Name, Pictures);
        long[] shape = program.HasFrames ? [pixels.Shape[0], 1, .. pixels.Shape[1..]] : [.. pixels.Shape];
        return tensor(pixels.Data, shape);
    });

    public static string Quote(string text) => $"\"{text.Replace("\n", "\\n")}\"";
}
