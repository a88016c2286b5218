using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>Brightness, contrast, saturation, hue and grey in one pass: each is an affine map of a pixel's colour, and so is all of them together.</summary>
internal static class ColourChange
{
    private const int Bits = 16;

    /// <summary>The weights of red, green and blue in a grey (ITU-R BT.601).</summary>
    private static readonly double[] Luma = [0.299, 0.587, 0.114];

    /// <summary>Changes the picture in place; values are clipped once, at the end.</summary>
    public static void Apply(RgbImage picture, DrawnVariation drawn)
    {
        var colours = Product(Hue(drawn.HueTurn), Greyed(drawn.Grey ? 0 : drawn.Saturation));
        // Neither a turn of the hue nor saturation changes a grey, so the mean grey, about which contrast works, may be taken first.
        var grey = drawn.Brightness * MeanGrey(picture);
        var factor = (int)Math.Round(drawn.Brightness * drawn.Contrast * (1 << Bits));
        var map = Array.ConvertAll(colours, w => (int)Math.Round(w * factor));
        var offset = (int)Math.Round((1 - drawn.Contrast) * grey * (1 << Bits)) + (1 << (Bits - 1));
        var pixels = picture.Pixels;
        for (var i = 0; i < pixels.Length; i += 3)
        {
            var (r, g, b) = (pixels[i], pixels[i + 1], pixels[i + 2]);
            pixels[i] = Clipped(map[0] * r + map[1] * g + map[2] * b + offset);
            pixels[i + 1] = Clipped(map[3] * r + map[4] * g + map[5] * b + offset);
            pixels[i + 2] = Clipped(map[6] * r + map[7] * g + map[8] * b + offset);
        }
    }

    private static byte Clipped(int value) => (byte)Math.Clamp(value >> Bits, 0, 255);

    private static double MeanGrey(RgbImage picture)
    {
        var (r, g, b) = (0L, 0L, 0L);
        var pixels = picture.Pixels;
        for (var i = 0; i < pixels.Length; i += 3)
            (r, g, b) = (r + pixels[i], g + pixels[i + 1], b + pixels[i + 2]);
        return (Luma[0] * r + Luma[1] * g + Luma[2] * b) / (pixels.Length / 3);
    }

    /// <summary>Differences from the pixel's grey times a factor.</summary>
    private static double[] Greyed(double factor) =>
        [.. from row in Enumerable.Range(0, 3) from column in Enumerable.Range(0, 3) select (row == column ? factor : 0) + (1 - factor) * Luma[column]];

    /// <summary>
    /// A turn of the plane of equal grey: the part along grey stays, the chroma is turned about it by Rodrigues' formula in a space in which red, green and
    /// blue lie at a third of a circle.
    /// </summary>
    private static double[] Hue(double turns)
    {
        var (cos, sin) = (Math.Cos(2 * Math.PI * turns), Math.Sin(2 * Math.PI * turns));
        var turn = new double[9];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                var across = ((column - row + 3) % 3) switch { 1 => -1, 2 => 1, _ => 0 } / Math.Sqrt(3);
                turn[3 * row + column] = (row == column ? cos : 0) + (1 - cos) / 3 + sin * across;
            }
        }

        // The turn about (1, 1, 1) keeps r + g + b but not the weighted grey; the difference is added to all three alike.
        for (var column = 0; column < 3; column++)
        {
            var lost = Luma[column] - (Luma[0] * turn[column] + Luma[1] * turn[3 + column] + Luma[2] * turn[6 + column]);
            for (var row = 0; row < 3; row++)
                turn[3 * row + column] += lost;
        }

        return turn;
    }

    private static double[] Product(double[] a, double[] b) =>
        [.. from row in Enumerable.Range(0, 3) from column in Enumerable.Range(0, 3) select Enumerable.Range(0, 3).Sum(k => a[3 * row + k] * b[3 * k + column])];
}
