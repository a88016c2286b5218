namespace Mllm.Runtime.Inputs;

/// <summary>Turns a decoded picture into a model's pixel tensor, value for value as the published image processors do.</summary>
public static class ImageTransform
{
    /// <summary>The largest side a spec may ask for; sizes in use end near a thousand.</summary>
    public const int MaxSize = 16384;

    /// <summary>
    /// Fits, resizes and normalises one picture.
    /// </summary>
    /// <param name="image">A picture of any size.</param>
    /// <param name="spec">The steps; its size must lie in 1 to <see cref="MaxSize"/>.</param>
    /// <returns>[3, size, size]: red, green and blue planes of (value * rescale - mean) / std.</returns>
    public static PixelTensor Apply(RgbImage image, ImageSpec spec)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(spec.Size, 1, nameof(spec));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(spec.Size, MaxSize, nameof(spec));
        return Normalise(Fit(image, spec), spec);
    }

    /// <summary>The square picture before normalisation: size x size, 8 bits.</summary>
    public static RgbImage Fit(RgbImage image, ImageSpec spec) => Square(Opaque(image, spec), spec);

    /// <summary>The picture laid on the spec's colour for transparent ones; the same picture where that changes nothing.</summary>
    public static RgbImage Opaque(RgbImage image, ImageSpec spec) => spec.Transparent is { } colour ? image.LaidOn(colour) : image;

    private static RgbImage Square(RgbImage image, ImageSpec spec) => spec.Fit switch
    {
        ImageFit.ShortestSideThenCentreCrop => CentreCrop(image, spec),
        ImageFit.StretchToSquare => Squash(image, spec),
        ImageFit.PadToSquareThenResize => Squash(new PaddedSquare(image, spec.Background), spec),
        ImageFit.Letterbox => Letterbox(image, spec),
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Fit, "unknown fit"),
    };

    private static RgbImage CentreCrop(RgbImage image, ImageSpec spec)
    {
        int size = spec.Size, shortest = Math.Min(image.Width, image.Height);
        int width = Scaled(image.Width, size, shortest), height = Scaled(image.Height, size, shortest);
        var centre = new Window((width - size) / 2, (height - size) / 2, size, size);
        return Resampler.Resize(image, width, height, spec.Resample, centre);
    }

    private static RgbImage Squash(IPixelRows image, ImageSpec spec) =>
        Resampler.Resize(image, spec.Size, spec.Size, spec.Resample, new Window(0, 0, spec.Size, spec.Size));

    private static RgbImage Letterbox(RgbImage image, ImageSpec spec)
    {
        int longest = Math.Max(image.Width, image.Height);
        int width = Math.Max(Scaled(image.Width, spec.Size, longest), 1);
        int height = Math.Max(Scaled(image.Height, spec.Size, longest), 1);
        RgbImage resized = Resampler.Resize(image, width, height, spec.Resample, new Window(0, 0, width, height));
        RgbImage square = RgbImage.Filled(spec.Size, spec.Size, spec.Background);
        square.Paste(resized, (spec.Size - width) / 2, (spec.Size - height) / 2);
        return square;
    }

    /// <summary>length * size / reference without the fraction: the published processors cut it off too.</summary>
    private static int Scaled(int length, int size, int reference) => checked((int)((long)length * size / reference));

    /// <summary>
    /// A value's rescaling is done in float64 and stored as float32; mean and std follow in float32, as NumPy
    /// does it in the published processors. There are 256 values a channel, so each is computed once.
    /// </summary>
    private static PixelTensor Normalise(RgbImage image, ImageSpec spec)
    {
        int area = image.Width * image.Height;
        var data = new float[3 * area];
        ReadOnlySpan<byte> pixels = image.Pixels;
        foreach ((int channel, float mean, float std) in new[]
        {
            (0, spec.Mean.R, spec.Std.R), (1, spec.Mean.G, spec.Std.G), (2, spec.Mean.B, spec.Std.B),
        })
        {
            var table = new float[256];
            for (int value = 0; value < table.Length; value++)
            {
                table[value] = ((float)(value * spec.RescaleFactor) - mean) / std;
            }

            Span<float> plane = data.AsSpan(channel * area, area);
            for (int i = 0; i < area; i++)
            {
                plane[i] = table[pixels[(3 * i) + channel]];
            }
        }

        return new PixelTensor(data, [3, image.Height, image.Width]);
    }
}
