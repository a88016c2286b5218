using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>Varies one picture as an <see cref="Augmentation"/> says: blur, place, colour, noise, and a part erased, in this order.</summary>
internal static class PictureVariation
{
    /// <summary>The narrowest blur that changes an 8-bit picture visibly, in pixels.</summary>
    private const double LeastBlur = 0.2;

    /// <summary>The varied picture, of the same size; the picture itself, unchanged, where nothing is to be varied.</summary>
    /// <param name="picture">Any picture; it is not written to.</param>
    /// <param name="augment">The limits.</param>
    /// <param name="seed">All that is random comes from it.</param>
    public static RgbImage Of(RgbImage picture, Augmentation augment, ulong seed)
    {
        var random = new SplitMix64.Sequence(seed);
        var drawn = new DrawnVariation(augment, ref random);
        var background = Background(picture);
        var result = picture;

        // What shrinks is smoothed first, or it would alias: together with the blur asked for this is one Gaussian, since variances add.
        var shrinking = Math.Max(0, 0.25 * (1 / (drawn.Scale * drawn.Scale) - 1));
        var blur = drawn.Blur * Math.Min(picture.Width, picture.Height);
        var deviation = Math.Sqrt(blur * blur + shrinking);
        if (deviation >= LeastBlur)
            result = GaussianBlur.Of(result, deviation);
        if (drawn.Moves)
            result = AffineWarp.Of(result, drawn, background);
        if (!drawn.Colours && drawn.Noise == 0 && drawn.EraseWidth == 0)
            return result;

        result = ReferenceEquals(result, picture) ? Copy(picture) : result;
        if (drawn.Colours)
            ColourChange.Apply(result, drawn);
        if (drawn.Noise > 0)
            AddNoise(result, drawn.Noise, ref random);
        if (drawn.EraseWidth > 0)
            Erase(result, drawn, background);
        return result;
    }

    /// <summary>The colour that most of the corners have; the top left one's where all differ.</summary>
    internal static Rgb Background(RgbImage picture)
    {
        var (right, bottom) = (picture.Width - 1, picture.Height - 1);
        Rgb[] corners = [At(0, 0), At(right, 0), At(0, bottom), At(right, bottom)];
        return corners.MaxBy(c => corners.Count(other => other == c));

        Rgb At(int x, int y)
        {
            var pixel = picture.Row(y)[(3 * x)..];
            return new Rgb(pixel[0], pixel[1], pixel[2]);
        }
    }

    private static RgbImage Copy(RgbImage picture)
    {
        var copy = new RgbImage(picture.Width, picture.Height);
        picture.Pixels.CopyTo(copy.Pixels);
        return copy;
    }

    /// <summary>
    /// The sum of four even numbers stands for a Gaussian (Irwin-Hall): one draw gives all four, 16 bits each. A sum of four numbers in [0, 65536) has the
    /// variance 4 * 65536^2 / 12.
    /// </summary>
    private static void AddNoise(RgbImage picture, double deviation, ref SplitMix64.Sequence random)
    {
        var scale = (long)Math.Round(deviation * 255 * Math.Sqrt(3) / 65536 * (1L << 32));
        foreach (ref var value in picture.Pixels)
        {
            var bits = random.Next();
            var sum = (long)(ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (ushort)(bits >> 48) - 2 * 65535;
            value = (byte)Math.Clamp(value + ((sum * scale + (1L << 31)) >> 32), 0, 255);
        }
    }

    private static void Erase(RgbImage picture, DrawnVariation drawn, Rgb colour)
    {
        var (left, right) = ((int)(drawn.EraseX * picture.Width), (int)((drawn.EraseX + drawn.EraseWidth) * picture.Width));
        var (top, bottom) = ((int)(drawn.EraseY * picture.Height), (int)((drawn.EraseY + drawn.EraseHeight) * picture.Height));
        if (right > left && bottom > top)
            picture.Paste(RgbImage.Filled(right - left, bottom - top, colour), left, top);
    }
}
