namespace Mllm.Runtime.Inputs;

/// <summary>A picture that is read row by row, whether it is stored or made up on the way.</summary>
internal interface IPixelRows
{
    /// <summary>A resampling kernel reads a pixel as four bytes, so the last pixel of a row needs one byte after it.</summary>
    const int ReadAhead = 1;

    int Width { get; }

    int Height { get; }

    /// <summary>
    /// Row <paramref name="y"/>: 3 * Width values, then at least <see cref="ReadAhead"/> bytes that mean nothing.
    /// Valid until the next row is asked for.
    /// </summary>
    ReadOnlySpan<byte> WideRow(int y);

    /// <summary>Whether row <paramref name="y"/> is known to equal the one before it.</summary>
    bool Repeats(int y) => false;
}

/// <summary>A picture in the middle of a square of background, never stored whole: a panorama's square may be huge.</summary>
internal sealed class PaddedSquare : IPixelRows
{
    private readonly IPixelRows _image;
    private readonly byte[] _background;
    private readonly byte[] _padded;
    private readonly int _left;
    private readonly int _top;

    public PaddedSquare(IPixelRows image, Rgb background)
    {
        _image = image;
        Width = Math.Max(image.Width, image.Height);
        (_left, _top) = ((Width - image.Width) / 2, (Width - image.Height) / 2);
        _background = new byte[checked(3 * Width) + IPixelRows.ReadAhead];
        for (int x = 0; x < 3 * Width; x += 3)
        {
            (_background[x], _background[x + 1], _background[x + 2]) = (background.R, background.G, background.B);
        }

        _padded = [.. _background];
    }

    public int Width { get; }

    public int Height => Width;

    public bool Repeats(int y) => IsBackground(y) && y > 0 && IsBackground(y - 1);

    public ReadOnlySpan<byte> WideRow(int y)
    {
        if (IsBackground(y))
        {
            return _background;
        }

        _image.WideRow(y - _top)[..(3 * _image.Width)].CopyTo(_padded.AsSpan(3 * _left));
        return _padded;
    }

    private bool IsBackground(int y) => y < _top || y >= _top + _image.Height;
}
