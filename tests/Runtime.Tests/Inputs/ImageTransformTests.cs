using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Mllm.Runtime.Inputs;
using Xunit;
using Xunit.Abstractions;

namespace Mllm.Runtime.Tests.Inputs;

public class ImageTransformTests(ITestOutputHelper output)
{
    private static readonly PerChannel ClipMean = new(0.48145466f, 0.4578275f, 0.40821073f);
    private static readonly PerChannel ClipStd = new(0.26862954f, 0.26130258f, 0.27577711f);
    private static readonly Rgb ClipMeanColour = new(122, 116, 104);

    /// <summary>No normalisation: the tensor holds the grey levels themselves.</summary>
    private static ImageSpec Levels(int size, ImageFit fit, Resample resample = Resample.Bicubic) =>
        new(size, fit, new Rgb(9, 99, 199), new(0, 0, 0), new(1, 1, 1), resample, RescaleFactor: 1);

    [Theory]
    [InlineData("chelsea_224")]
    [InlineData("chelsea_64")]
    [InlineData("coffee_64")]
    public void Pixel_tensors_equal_the_published_processors(string name)
    {
        if (TestFiles.Golden($"images/{name}.safetensors", output) is not { } path)
        {
            return;
        }

        byte[] file = File.ReadAllBytes(path);
        int start = 8 + (int)BitConverter.ToInt64(file);
        JsonElement header = JsonDocument.Parse(file.AsMemory(8, start - 8)).RootElement;
        RgbImage image = ImageLoader.Load(TestFiles.Picture(name.Split('_')[0] + ".png")).Value;
        int size = int.Parse(name.Split('_')[1], CultureInfo.InvariantCulture);
        foreach ((string key, ImageFit fit) in new[]
        {
            ("clip", ImageFit.ShortestSideThenCentreCrop),
            ("llava15_pad", ImageFit.PadToSquareThenResize),
            ("blip_squash", ImageFit.StretchToSquare),
        })
        {
            JsonElement offsets = header.GetProperty(key).GetProperty("data_offsets");
            int from = start + offsets[0].GetInt32(), to = start + offsets[1].GetInt32();
            PixelTensor made = ImageTransform.Apply(image, new(size, fit, ClipMeanColour, ClipMean, ClipStd));
            Assert.Equal([3, size, size], made.Shape);
            Assert.Equal(MemoryMarshal.Cast<byte, float>(file.AsSpan(from, to - from)).ToArray(), made.Data);
        }
    }

    /// <summary>
    /// Each line: picture, size, fit, filter, SHA-256 of the little-endian tensor, and index:value samples that
    /// show where a difference lies.
    /// </summary>
    [Fact]
    public void Pixel_tensors_equal_the_committed_values()
    {
        string[] lines = File.ReadAllLines(TestFiles.Data("image-values.txt"));
        Assert.NotEmpty(lines);
        foreach (string line in lines)
        {
            string[] field = line.Split(' ');
            var spec = new ImageSpec(
                int.Parse(field[1], CultureInfo.InvariantCulture), Enum.Parse<ImageFit>(field[2]), ClipMeanColour, ClipMean, ClipStd, Enum.Parse<Resample>(field[3]));
            float[] made = ImageTransform.Apply(ImageLoader.Load(TestFiles.Picture(field[0])).Value, spec).Data;
            foreach (string[] sample in field[5..].Select(s => s.Split(':')))
            {
                int index = int.Parse(sample[0], CultureInfo.InvariantCulture);
                Assert.Equal(float.Parse(sample[1], CultureInfo.InvariantCulture), made[index]);
            }

            Assert.Equal(field[4], Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(made))));
        }
    }

    /// <summary>
    /// The shortest side becomes the size, the other one follows and its middle stays. Rows (columns) all alike
    /// make the result independent of the other axis, so stretching one row gives the whole resized picture.
    /// </summary>
    [Theory]
    [InlineData(50, 31, 20)]
    [InlineData(31, 50, 20)]
    [InlineData(9, 4, 13)]
    public void The_centre_is_cut_out_of_the_resized_picture(int width, int height, int size)
    {
        bool wide = width > height;
        RgbImage line = wide ? ResamplingTests.Noise(width, 1, 0, 255) : ResamplingTests.Noise(1, height, 0, 255);
        int longest = Math.Max(width, height) * size / Math.Min(width, height);
        RgbImage whole = ImageTransform.Fit(line, Levels(longest, ImageFit.StretchToSquare));
        RgbImage crop = ImageTransform.Fit(Repeated(line, width, height), Levels(size, ImageFit.ShortestSideThenCentreCrop));
        (int left, int top) = wide ? ((longest - size) / 2, 0) : (0, (longest - size) / 2);
        for (int y = 0; y < size; y++)
        {
            Assert.Equal(whole.Row(top + y).Slice(3 * left, 3 * size).ToArray(), crop.Row(y).ToArray());
        }
    }

    [Theory]
    [InlineData(ImageFit.ShortestSideThenCentreCrop)]
    [InlineData(ImageFit.StretchToSquare)]
    [InlineData(ImageFit.PadToSquareThenResize)]
    [InlineData(ImageFit.Letterbox)]
    public void A_transparent_picture_is_laid_on_its_ground_before_it_is_fitted(ImageFit fit)
    {
        var random = new Random(1);
        byte[][] rows = [.. Enumerable.Range(0, 12).Select(_ => { var row = new byte[4 * 30]; random.NextBytes(row); return row; })];
        RgbImage image = ImageLoader.Load(PngFile.Write(30, 12, PngFile.Rgba, 8, rows), "noise").Value;
        var opaque = new RgbImage(30, 12);
        image.Pixels.CopyTo(opaque.Pixels);
        ImageSpec spec = Levels(20, fit);
        Assert.Equal(ImageTransform.Apply(opaque, spec).Data, ImageTransform.Apply(image, spec).Data);
        ImageSpec onGround = spec with { Transparent = new(255, 200, 100) };
        Assert.Equal(ImageTransform.Apply(image.LaidOn(new(255, 200, 100)), spec).Data, ImageTransform.Apply(image, onGround).Data);
        Assert.NotEqual(ImageTransform.Apply(image, spec).Data, ImageTransform.Apply(image, onGround).Data);
    }

    [Fact]
    public void Padding_stands_on_both_sides_in_the_background_colour()
    {
        RgbImage image = ResamplingTests.Noise(30, 12, 0, 255);
        float[] made = ImageTransform.Apply(image, Levels(30, ImageFit.PadToSquareThenResize)).Data;
        AssertBox(made, 30, image, left: 0, top: 9);
    }

    [Theory]
    [InlineData(30, 12, 0, 9)]
    [InlineData(12, 30, 9, 0)]
    [InlineData(30, 13, 0, 8)]
    public void A_letterbox_keeps_the_aspect_ratio(int width, int height, int left, int top)
    {
        RgbImage image = ResamplingTests.Noise(width, height, 0, 255);
        float[] made = ImageTransform.Apply(image, Levels(30, ImageFit.Letterbox)).Data;
        AssertBox(made, 30, image, left, top);
    }

    [Fact]
    public void A_letterbox_cuts_the_fraction_of_the_shorter_side_and_keeps_one_pixel()
    {
        RgbImage made = ImageTransform.Fit(ResamplingTests.Noise(1000, 3, 0, 255), Levels(20, ImageFit.Letterbox));
        int filled = Enumerable.Range(0, 20).Count(y => !made.Row(y)[..3].SequenceEqual(new byte[] { 9, 99, 199 }));
        Assert.Equal(1, filled);
        made = ImageTransform.Fit(ResamplingTests.Noise(100, 59, 0, 255), Levels(10, ImageFit.Letterbox));
        filled = Enumerable.Range(0, 10).Count(y => !made.Row(y)[..3].SequenceEqual(new byte[] { 9, 99, 199 }));
        Assert.Equal(5, filled);
    }

    [Theory]
    [InlineData(8, 4, new[] { 1, 3, 5, 7 })]
    [InlineData(2, 4, new[] { 0, 0, 1, 1 })]
    [InlineData(5, 3, new[] { 0, 2, 4 })]
    public void Nearest_takes_the_pixel_under_the_centre(int from, int to, int[] expected)
    {
        var image = new RgbImage(from, from);
        for (int y = 0; y < from; y++)
        {
            for (int x = 0; x < from; x++)
            {
                (image.Row(y)[3 * x], image.Row(y)[(3 * x) + 1]) = ((byte)x, (byte)y);
            }
        }

        RgbImage made = ImageTransform.Fit(image, Levels(to, ImageFit.StretchToSquare, Resample.Nearest));
        Assert.Equal(expected, Enumerable.Range(0, to).Select(x => (int)made.Row(0)[3 * x]));
        Assert.Equal(expected, Enumerable.Range(0, to).Select(y => (int)made.Row(y)[1]));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 1000)]
    [InlineData(1000, 1)]
    [InlineData(60000, 2)]
    public void Any_picture_fits_in_every_way(int width, int height)
    {
        RgbImage image = Plain(width, height, 50, 60, 70);
        foreach (ImageFit fit in Enum.GetValues<ImageFit>())
        {
            foreach (Resample filter in Enum.GetValues<Resample>())
            {
                // Letterboxes and padded squares of such pictures are nearly all background; the others one colour.
                float[] made = ImageTransform.Apply(image, Levels(16, fit, filter)).Data;
                Assert.Equal(3 * 16 * 16, made.Length);
                if (fit is ImageFit.ShortestSideThenCentreCrop or ImageFit.StretchToSquare)
                {
                    Assert.All(made[..256], value => Assert.Equal(50, value));
                }
            }
        }
    }

    [Fact]
    public void Values_are_normalised_in_float32_after_rescaling_in_float64()
    {
        PixelTensor made = ImageTransform.Apply(Plain(1, 1, 0, 128, 255), new(1, ImageFit.StretchToSquare, default, ClipMean, ClipStd));
        Assert.Equal([3, 1, 1], made.Shape);
        Assert.Equal(
            [(0f - ClipMean.R) / ClipStd.R, ((float)(128 / 255.0) - ClipMean.G) / ClipStd.G, (1f - ClipMean.B) / ClipStd.B], made.Data);
    }

    [Fact]
    public void Pictures_of_one_shape_stack()
    {
        PixelTensor one = new([1, 2], [1, 2]), two = new([3, 4], [1, 2]);
        PixelTensor both = PixelTensor.Stack([one, two]);
        Assert.Equal([2, 1, 2], both.Shape);
        Assert.Equal([1, 2, 3, 4], both.Data);
        Assert.Throws<ArgumentException>(() => PixelTensor.Stack([one, new([1, 2], [2, 1])]));
        Assert.Throws<ArgumentException>(() => new PixelTensor([1], [2]));
    }

    private static void AssertBox(float[] made, int size, RgbImage image, int left, int top)
    {
        byte[] background = [9, 99, 199];
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                bool inside = x >= left && x < left + image.Width && y >= top && y < top + image.Height;
                for (int c = 0; c < 3; c++)
                {
                    Assert.Equal(inside ? image.Row(y - top)[(3 * (x - left)) + c] : background[c], made[(((c * size) + y) * size) + x]);
                }
            }
        }
    }

    private static RgbImage Plain(int width, int height, byte r, byte g, byte b)
    {
        var image = new RgbImage(width, height);
        for (int i = 0; i < image.Pixels.Length; i += 3)
        {
            (image.Pixels[i], image.Pixels[i + 1], image.Pixels[i + 2]) = (r, g, b);
        }

        return image;
    }

    /// <summary>The first row or column of a picture as often as it takes.</summary>
    private static RgbImage Repeated(RgbImage image, int width, int height)
    {
        var result = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                image.Row(Math.Min(y, image.Height - 1)).Slice(3 * Math.Min(x, image.Width - 1), 3).CopyTo(result.Row(y)[(3 * x)..]);
            }
        }

        return result;
    }
}
