using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Prompting;

namespace Mllm.Runtime.Engine;

/// <summary>Makes the pixels that a model's encoders take of pictures, as the file's <c>image</c> sections say. Needs no LibTorch.</summary>
public static class PictureReader
{
    /// <summary>What the <c>image</c> section for an encoder asks for.</summary>
    /// <exception cref="InputException">The file has no such section.</exception>
    public static ImageSpec SpecOf(ModelProgram program, string encoder)
    {
        var settings = program.Images.FirstOrDefault(i => i.Encoder == encoder) ?? program.Images.FirstOrDefault(i => i.Encoder is null)
            ?? throw new InputException($"'{program.Name}' has no `image` section for '{encoder}': it does not say how a picture becomes pixels");
        var fit = settings.Fit switch
        {
            "crop" => ImageFit.ShortestSideThenCentreCrop,
            "squash" => ImageFit.StretchToSquare,
            "pad" => ImageFit.PadToSquareThenResize,
            _ => ImageFit.Letterbox,
        };
        var resample = settings.Resample switch { "bilinear" => Resample.Bilinear, "nearest" => Resample.Nearest, _ => Resample.Bicubic };
        static byte Byte(double v) => (byte)Math.Clamp(Math.Round(v), 0, 255);
        static Rgb Colour(ImmutableArray<double> c) => new(Byte(c[0]), Byte(c[1]), Byte(c[2]));
        var (m, s) = (settings.Mean, settings.Std);
        return new ImageSpec(checked((int)settings.Size), fit, Colour(settings.Background),
            new PerChannel((float)m[0], (float)m[1], (float)m[2]), new PerChannel((float)s[0], (float)s[1], (float)s[2]), resample)
        {
            Transparent = settings.Transparent is { } colour ? Colour(colour) : null,
        };
    }

    /// <summary>Decodes a picture.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static RgbImage Decode(string path) => ImageLoader.Load(path).TryGet(out var image, out var error) ? image : throw new InputException(error);

    /// <summary>Decodes a picture from memory.</summary>
    public static RgbImage Decode(byte[] bytes, string name) => ImageLoader.Load(bytes, name).TryGet(out var image, out var error) ? image : throw new InputException(error);

    /// <summary>The pixels of pictures for one encoder: [pictures, 3, size, size].</summary>
    public static PixelTensor Pixels(ModelProgram program, string encoder, IReadOnlyList<RgbImage> pictures)
    {
        var spec = SpecOf(program, encoder);
        return PixelTensor.Stack([.. pictures.Select(p => ImageTransform.Apply(p, spec))]);
    }
}
