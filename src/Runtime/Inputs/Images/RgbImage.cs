namespace Mllm.Runtime.Inputs;

/// <summary>
/// A decoded picture: 8-bit red, green, blue, interleaved, row by row from the top left; how opaque each pixel is
/// stands beside it and counts only where <see cref="LaidOn"/> is asked for.
/// </summary>
public sealed class RgbImage : IPixelRows
{
    private readonly byte[] _bytes;
    private readonly byte[]? _alpha;

    /// <summary>A black picture of the given size in pixels.</summary>
    public RgbImage(int width, int height)
        : this(width, height, null)
    {
    }

    /// <param name="alpha">Width * Height values, 255 for an opaque pixel; null where all are.</param>
    internal RgbImage(int width, int height, byte[]? alpha)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        (Width, Height, _alpha) = (width, height, alpha);
        _bytes = new byte[checked(3 * width * height) + IPixelRows.ReadAhead];
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The 3 * Width * Height values; pixel (x, y) starts at 3 * (y * Width + x).</summary>
    public Span<byte> Pixels => _bytes.AsSpan(0, 3 * Width * Height);

    /// <summary>Row <paramref name="y"/>: 3 * Width values.</summary>
    public Span<byte> Row(int y) => Pixels.Slice(3 * y * Width, 3 * Width);

    /// <summary>Whether any pixel lets something through.</summary>
    public bool IsTransparent => _alpha is not null;

    /// <summary>
    /// The picture as it looks on a ground of <paramref name="colour"/>: (alpha * value + (255 - alpha) * colour) / 255,
    /// rounded to nearest. The picture itself where it is opaque.
    /// </summary>
    public RgbImage LaidOn(Rgb colour)
    {
        if (_alpha is not { } alpha)
        {
            return this;
        }

        var laid = new RgbImage(Width, Height);
        ReadOnlySpan<byte> from = Pixels;
        Span<byte> to = laid.Pixels;
        for (int i = 0; i < alpha.Length; i++)
        {
            int opaque = alpha[i], clear = byte.MaxValue - opaque;
            to[3 * i] = Mix(from[3 * i], colour.R);
            to[(3 * i) + 1] = Mix(from[(3 * i) + 1], colour.G);
            to[(3 * i) + 2] = Mix(from[(3 * i) + 2], colour.B);

            byte Mix(int value, int ground) => (byte)(((opaque * value) + (clear * ground) + 127) / byte.MaxValue);
        }

        return laid;
    }

    ReadOnlySpan<byte> IPixelRows.WideRow(int y) => _bytes.AsSpan(3 * y * Width);

    /// <summary>A picture of one colour.</summary>
    internal static RgbImage Filled(int width, int height, Rgb colour)
    {
        var image = new RgbImage(width, height);
        Span<byte> first = image.Row(0);
        for (int x = 0; x < first.Length; x += 3)
        {
            (first[x], first[x + 1], first[x + 2]) = (colour.R, colour.G, colour.B);
        }

        for (int y = 1; y < height; y++)
        {
            first.CopyTo(image.Row(y));
        }

        return image;
    }

    /// <summary>Copies <paramref name="source"/> so that its top left corner lies at (x, y); it must fit.</summary>
    internal void Paste(RgbImage source, int x, int y)
    {
        for (int row = 0; row < source.Height; row++)
        {
            source.Row(row).CopyTo(Row(y + row)[(3 * x)..]);
        }
    }
}

/// <summary>One 8-bit colour.</summary>
public readonly record struct Rgb(byte R, byte G, byte B);
