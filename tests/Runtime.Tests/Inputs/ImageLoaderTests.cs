using Mllm.Runtime.Inputs;
using SkiaSharp;
using Xunit;

namespace Mllm.Runtime.Tests.Inputs;

public class ImageLoaderTests
{
    [Theory]
    [InlineData("chelsea.png", 451, 300)]
    [InlineData("coffee.png", 600, 400)]
    public void Photographs_keep_their_size(string name, int width, int height)
    {
        RgbImage image = ImageLoader.Load(TestFiles.Picture(name)).Value;
        Assert.Equal((width, height), (image.Width, image.Height));
    }

    public static TheoryData<string, byte[], byte[]> Colours => new()
    {
        { "rgb", Png(PngFile.Rgb, 8, [1, 2, 3, 250, 251, 252]), [1, 2, 3, 250, 251, 252] },
        { "a half and a fully transparent pixel", Png(PngFile.Rgba, 8, [10, 20, 30, 128, 200, 100, 50, 0]), [10, 20, 30, 200, 100, 50] },
        { "grey", Png(PngFile.Grey, 8, [7, 200]), [7, 7, 7, 200, 200, 200] },
        { "grey with alpha", Png(PngFile.GreyAlpha, 8, [7, 0, 200, 9]), [7, 7, 7, 200, 200, 200] },
        { "one bit", Png(PngFile.Grey, 1, [0b0100_0000]), [0, 0, 0, 255, 255, 255] },
        { "sixteen bits keep the upper eight", Png(PngFile.Rgb, 16, [1, 255, 2, 0, 3, 0, 250, 0, 251, 0, 252, 255]), [1, 2, 3, 250, 251, 252] },
        { "palette", Png(PngFile.Palette, 8, [1, 0], ("PLTE", [9, 8, 7, 60, 50, 40])), [60, 50, 40, 9, 8, 7] },
        { "palette with transparency", Png(PngFile.Palette, 8, [1, 0], ("PLTE", [9, 8, 7, 60, 50, 40]), ("tRNS", [0, 100])), [60, 50, 40, 9, 8, 7] },
        { "gamma is not applied", Png(PngFile.Rgb, 8, [1, 2, 3, 250, 251, 252], ("gAMA", PngFile.BigEndian(100000))), [1, 2, 3, 250, 251, 252] },
        { "bmp", Bmp([1, 2, 3, 250, 251, 252]), [1, 2, 3, 250, 251, 252] },
        { "gif", Gif([1, 2, 3], [250, 251, 252]), [1, 2, 3, 250, 251, 252] },
    };

    [Theory]
    [MemberData(nameof(Colours))]
    public void Colours_are_read_as_stored(string what, byte[] file, byte[] expected)
    {
        RgbImage image = ImageLoader.Load(file, what).Value;
        Assert.Equal((2, 1), (image.Width, image.Height));
        Assert.Equal(expected, image.Pixels.ToArray());
    }

    public static TheoryData<string, byte[], Rgb, byte[]> Grounds => new()
    {
        // (10 * 128 + 255 * 127) / 255 = 132.02, then 137.04 and 142.06; a pixel of alpha 0 is all ground.
        { "half and none on white", Png(PngFile.Rgba, 8, [10, 20, 30, 128, 200, 100, 50, 0]), new(255, 255, 255), [132, 137, 142, 255, 255, 255] },
        { "half and none on black", Png(PngFile.Rgba, 8, [10, 20, 30, 128, 200, 100, 50, 0]), new(0, 0, 0), [5, 10, 15, 0, 0, 0] },
        { "one opaque pixel", Png(PngFile.Rgba, 8, [10, 20, 30, 255, 200, 100, 50, 0]), new(1, 2, 3), [10, 20, 30, 1, 2, 3] },
        { "grey with alpha", Png(PngFile.GreyAlpha, 8, [7, 0, 200, 255]), new(1, 2, 3), [1, 2, 3, 200, 200, 200] },
        { "palette with transparency", Png(PngFile.Palette, 8, [1, 0], ("PLTE", [9, 8, 7, 60, 50, 40]), ("tRNS", [0, 100])), new(0, 0, 0), [24, 20, 16, 0, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Grounds))]
    public void Alpha_counts_where_a_ground_is_given(string what, byte[] file, Rgb ground, byte[] expected)
    {
        RgbImage image = ImageLoader.Load(file, what).Value;
        Assert.True(image.IsTransparent);
        Assert.Equal(expected, image.LaidOn(ground).Pixels.ToArray());
        Assert.False(image.LaidOn(ground).IsTransparent);
    }

    [Fact]
    public void Every_alpha_is_blended_to_the_nearest_value()
    {
        // One column a value, one row an alpha.
        byte[][] rows = [.. Enumerable.Range(0, 256).Select(a => Enumerable.Range(0, 256).SelectMany(v => new[] { (byte)v, (byte)v, (byte)v, (byte)a }).ToArray())];
        RgbImage laid = ImageLoader.Load(PngFile.Write(256, 256, PngFile.Rgba, 8, rows), "all").Value.LaidOn(new(0, 77, 255));
        for (int a = 0; a < 256; a++)
        {
            for (int v = 0; v < 256; v++)
            {
                Assert.Equal(
                    new[] { 0, 77, 255 }.Select(ground => (byte)Math.Round(((a * (double)v) + ((255 - a) * (double)ground)) / 255)), laid.Row(a).Slice(3 * v, 3).ToArray());
            }
        }
    }

    [Fact]
    public void An_opaque_picture_is_not_copied()
    {
        RgbImage image = ImageLoader.Load(Png(PngFile.Rgba, 8, [10, 20, 30, 255, 200, 100, 50, 255]), "opaque").Value;
        Assert.False(image.IsTransparent);
        Assert.Same(image, image.LaidOn(new(255, 255, 255)));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Lossless_formats_give_back_what_was_written(SKEncodedImageFormat format)
    {
        using SKBitmap bitmap = Gradient(37, 23);
        using SKData data = format == SKEncodedImageFormat.Webp
            ? bitmap.PeekPixels().Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 75))
            : bitmap.Encode(format, 100);
        RgbImage image = ImageLoader.Load(data.ToArray(), "picture").Value;
        for (int y = 0; y < 23; y++)
        {
            for (int x = 0; x < 37; x++)
            {
                SKColor colour = bitmap.GetPixel(x, y);
                Assert.Equal([colour.Red, colour.Green, colour.Blue], image.Row(y).Slice(3 * x, 3).ToArray());
            }
        }
    }

    [Fact]
    public void The_orientation_of_a_photograph_is_not_applied()
    {
        using SKBitmap bitmap = Gradient(40, 24);
        byte[] plain = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90).ToArray();

        // An Exif block with one entry: orientation (0x112), a short, 6: rotate by 90 degrees.
        byte[] exif =
        [
            0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        ];
        RgbImage image = ImageLoader.Load([.. plain[..2], .. exif, .. plain[2..]], "turned.jpg").Value;
        Assert.Equal((40, 24), (image.Width, image.Height));
        Assert.Equal(ImageLoader.Load(plain, "plain.jpg").Value.Pixels.ToArray(), image.Pixels.ToArray());
    }

    public static TheoryData<string, byte[], string> Unusable => new()
    {
        { "text", "not a picture"u8.ToArray(), "text: not a picture that can be read (PNG, JPEG, WebP, BMP and GIF can)" },
        { "nothing", [], "nothing: not a picture" },
        { "short", File.ReadAllBytes(TestFiles.Picture("coffee.png"))[..20000], "short: the Png picture is cut off" },
        { "wide", Png(PngFile.Grey, 8, [], 70000, 1), "wide: the picture has 70000 x 1 pixels; at most 65535 a side" },
        { "bomb", Png(PngFile.Grey, 1, [], 60000, 60000), "bomb: the picture has 60000 x 60000 pixels; at most 65535 a side and 134217728 in all are accepted" },
    };

    [Theory]
    [MemberData(nameof(Unusable))]
    public void Unusable_files_give_an_error_that_says_why(string name, byte[] file, string error) =>
        Assert.StartsWith(error, ImageLoader.Load(file, name).Error);

    [Fact]
    public void A_missing_file_is_an_error() => Assert.Equal("no/such.png: no such file", ImageLoader.Load("no/such.png").Error);

    [Fact]
    public void Damaged_files_never_throw()
    {
        byte[] png = Png(PngFile.Palette, 8, [1, 0], ("PLTE", [9, 8, 7, 60, 50, 40]));
        using SKBitmap bitmap = Gradient(16, 16);
        byte[] jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 80).ToArray();
        byte[] webp = bitmap.Encode(SKEncodedImageFormat.Webp, 80).ToArray();
        var random = new Random(1);
        int unusable = 0;
        for (int i = 0; i < 600; i++)
        {
            byte[] file = (i % 3) switch { 0 => [.. png], 1 => [.. jpeg], _ => [.. webp] };
            file[random.Next(file.Length)] = (byte)random.Next(256);
            unusable += ImageLoader.Load(file, "damaged").Error is null ? 0 : 1;
        }

        Assert.InRange(unusable, 1, 600);
    }

    private static byte[] Png(byte type, byte bits, byte[] row, params (string, byte[])[] chunks) => PngFile.Write(2, 1, type, bits, [row], chunks);

    private static byte[] Png(byte type, byte bits, byte[] row, int width, int height) => PngFile.Write(width, height, type, bits, [row]);

    private static byte[] Bmp(byte[] rgb) =>
    [
        .. "BM"u8, 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0, .. new byte[24],
        rgb[2], rgb[1], rgb[0], rgb[5], rgb[4], rgb[3], 0, 0,
    ];

    /// <summary>Two pixels, two colours; the codes clear, 0, 1, end with three bits each.</summary>
    private static byte[] Gif(byte[] first, byte[] second) =>
    [
        .. "GIF89a"u8, 2, 0, 1, 0, 0x80, 0, 0, .. first, .. second, 0x2C, 0, 0, 0, 0, 2, 0, 1, 0, 0, 2, 2, 0b01_000_100, 0b0000_1010, 0, 0x3B,
    ];

    private static SKBitmap Gradient(int width, int height)
    {
        var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 6), (byte)(y * 10), (byte)((x + y) * 3)));
            }
        }

        return bitmap;
    }
}
