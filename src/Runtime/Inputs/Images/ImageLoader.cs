using SkiaSharp;

namespace Mllm.Runtime.Inputs;

/// <summary>Decodes picture files (PNG, JPEG, WebP, BMP, a GIF's first frame) to 8-bit RGB as they are stored, with their alpha channel beside.</summary>
/// <remarks>
/// As the models' own image processors do: an alpha channel does not change the colours (<see cref="RgbImage.LaidOn"/>
/// blends where a model file asks for it); colour profiles and the EXIF orientation are not applied.
/// </remarks>
public static class ImageLoader
{
    /// <summary>The longest side a picture may have: JPEG's own limit, which also keeps every resized size an int.</summary>
    public const int MaxSide = 65535;

    /// <summary>
    /// The most pixels a picture may have; more is a decompression bomb rather than a photograph. At this size
    /// decoding takes about 0.9 GB, and 0.1 GB more with an alpha channel.
    /// </summary>
    public const int MaxPixels = 128 * 1024 * 1024;

    /// <summary>The picture in a file, or why it cannot be read.</summary>
    public static InputResult<RgbImage> Load(string path) => InputResult<RgbImage>.Of(path, () =>
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length == 0)
        {
            throw new UnusableInputException("the file is empty, a picture was expected");
        }

        using SKData data = SKData.Create(file);
        return Decode(data);
    });

    /// <summary>The picture in a file's bytes; <paramref name="name"/> stands before the error.</summary>
    public static InputResult<RgbImage> Load(byte[] bytes, string name) => InputResult<RgbImage>.Of(name, () =>
    {
        using SKData data = SKData.CreateCopy(bytes);
        return Decode(data);
    });

    private static RgbImage Decode(SKData data)
    {
        using SKCodec codec = SKCodec.Create(data)
            ?? throw new UnusableInputException("not a picture that can be read (PNG, JPEG, WebP, BMP and GIF can)");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if (width > MaxSide || height > MaxSide || (long)width * height > MaxPixels)
        {
            throw new UnusableInputException(
                $"the picture has {width} x {height} pixels; at most {MaxSide} a side and {MaxPixels} in all are accepted");
        }

        // Without a colour space the decoder converts none; unpremultiplied keeps the colours under a transparent alpha.
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, null);
        using var decoded = new SKBitmap(info);
        SKCodecResult result = codec.GetPixels(info, decoded.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new UnusableInputException(result == SKCodecResult.IncompleteInput
                ? $"the {codec.EncodedFormat} picture is cut off"
                : $"the {codec.EncodedFormat} picture is damaged ({result})");
        }

        return Split(decoded.GetPixelSpan(), width, height, decoded.RowBytes);
    }

    /// <summary>Colours and alpha apart; a picture that is opaque everywhere has no alpha.</summary>
    private static RgbImage Split(ReadOnlySpan<byte> rgba, int width, int height, int rowBytes)
    {
        byte[]? alpha = null;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = rgba.Slice(y * rowBytes, 4 * width);
            for (int x = 0; x < width; x++)
            {
                if (row[(4 * x) + 3] == byte.MaxValue)
                {
                    continue;
                }

                if (alpha is null)
                {
                    alpha = new byte[width * height];
                    alpha.AsSpan().Fill(byte.MaxValue);
                }

                alpha[(y * width) + x] = row[(4 * x) + 3];
            }
        }

        var image = new RgbImage(width, height, alpha);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> from = rgba.Slice(y * rowBytes, 4 * width);
            Span<byte> to = image.Row(y);
            for (int x = 0; x < width; x++)
            {
                from.Slice(4 * x, 3).CopyTo(to[(3 * x)..]);
            }
        }

        return image;
    }
}
