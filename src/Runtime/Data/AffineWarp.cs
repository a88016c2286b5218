using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>Crops, scales, turns, shifts and mirrors a picture in one bilinear pass; what lies outside of it is background.</summary>
internal static class AffineWarp
{
    /// <summary>Places in the source are counted in 65536ths of a pixel, the weights of its neighbours in 256ths.</summary>
    private const int PlaceBits = 16, WeightBits = 8, One = 1 << WeightBits;

    /// <summary>The picture seen through what was drawn, of the same size.</summary>
    public static RgbImage Of(RgbImage picture, DrawnVariation drawn, Rgb background)
    {
        var (width, height) = (picture.Width, picture.Height);
        var (cos, sin) = (Math.Cos(drawn.Radians) / drawn.Scale, Math.Sin(drawn.Radians) / drawn.Scale);
        var (wide, high) = (drawn.Mirrored ? -drawn.CropWidth : drawn.CropWidth, drawn.CropHeight);
        // From the result's pixel back to the source: the shift is undone, then turn and scale about the centre, then mirror and crop.
        var (xx, xy, yx, yy) = (wide * cos, wide * sin, -high * sin, high * cos);
        var (dx, dy) = (0.5 - width * (0.5 + drawn.ShiftX), 0.5 - height * (0.5 + drawn.ShiftY));
        var x0 = width * (drawn.CropX + 0.5 * drawn.CropWidth) + xx * dx + xy * dy - 0.5;
        var y0 = height * (drawn.CropY + 0.5 * drawn.CropHeight) + yx * dx + yy * dy - 0.5;

        var result = new RgbImage(width, height);
        var (stepX, stepY) = (Fixed(xx), Fixed(yx));
        for (var y = 0; y < height; y++)
        {
            var (u, v) = (Fixed(x0 + xy * y), Fixed(y0 + yy * y));
            var row = result.Row(y);
            for (var x = 0; x < row.Length; x += 3, u += stepX, v += stepY)
                Sample(picture, u, v, background, row.Slice(x, 3));
        }

        return result;
    }

    private static long Fixed(double value) => (long)Math.Round(value * (1 << PlaceBits));

    private static void Sample(RgbImage picture, long u, long v, Rgb background, Span<byte> target)
    {
        var (x, y) = (u >> PlaceBits, v >> PlaceBits);
        var right = (int)(u >> (PlaceBits - WeightBits)) & (One - 1);
        var lower = (int)(v >> (PlaceBits - WeightBits)) & (One - 1);
        if (x >= 0 && y >= 0 && x < picture.Width - 1 && y < picture.Height - 1)
        {
            var upper = picture.Pixels.Slice(3 * ((int)y * picture.Width + (int)x), 6);
            var below = picture.Pixels.Slice(3 * (((int)y + 1) * picture.Width + (int)x), 6);
            for (var c = 0; c < 3; c++)
                target[c] = Between(upper[c], upper[c + 3], below[c], below[c + 3], right, lower);
            return;
        }

        var (a, b, d, e) = (At(x, y), At(x + 1, y), At(x, y + 1), At(x + 1, y + 1));
        target[0] = Between(a.R, b.R, d.R, e.R, right, lower);
        target[1] = Between(a.G, b.G, d.G, e.G, right, lower);
        target[2] = Between(a.B, b.B, d.B, e.B, right, lower);

        Rgb At(long x, long y)
        {
            if (x < 0 || y < 0 || x >= picture.Width || y >= picture.Height)
                return background;
            var pixel = picture.Pixels.Slice(3 * ((int)y * picture.Width + (int)x), 3);
            return new Rgb(pixel[0], pixel[1], pixel[2]);
        }
    }

    private static byte Between(int a, int b, int d, int e, int right, int lower)
    {
        var (upper, below) = ((a << WeightBits) + (b - a) * right, (d << WeightBits) + (e - d) * right);
        return (byte)(((upper << WeightBits) + (below - upper) * lower + (1 << (2 * WeightBits - 1))) >> (2 * WeightBits));
    }
}
