using Mllm.Runtime.Data;
using Mllm.Runtime.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Data;

public class AugmentationTests
{
    private static readonly Rgb White = new(255, 255, 255);

    [Fact]
    public void Nothing_asked_for_changes_nothing()
    {
        var picture = Picture();
        Assert.Same(picture, PictureVariation.Of(picture, new Augmentation(), 1));
    }

    public static TheoryData<string, Augmentation> Single => new()
    {
        { "crop", new() { Crop = 0.5 } }, { "zoom", new() { Zoom = 0.5 } }, { "shift", new() { Shift = 0.2 } }, { "rotate", new() { Rotate = 30 } },
        { "flip", new() { Flip = 1 } }, { "brightness", new() { Brightness = 0.5 } }, { "contrast", new() { Contrast = 0.5 } },
        { "saturation", new() { Saturation = 0.9 } }, { "hue", new() { Hue = 0.4 } }, { "grayscale", new() { Grayscale = 1 } },
        { "blur", new() { Blur = 0.1 } }, { "noise", new() { Noise = 0.2 } }, { "erase", new() { Erase = 0.6 } },
    };

    [Theory]
    [MemberData(nameof(Single))]
    public void Each_step_alone_changes_the_picture_the_same_way_for_one_seed(string name, Augmentation augment)
    {
        var picture = Picture();
        var before = picture.Pixels.ToArray();
        var (first, second) = (PictureVariation.Of(picture, augment, 3), PictureVariation.Of(picture, augment, 3));
        Assert.Equal(first.Pixels.ToArray(), second.Pixels.ToArray());
        Assert.False(before.AsSpan().SequenceEqual(first.Pixels), name);
        Assert.Equal(before, picture.Pixels.ToArray());
        Assert.Equal((picture.Width, picture.Height), (first.Width, first.Height));
    }

    [Fact]
    public void A_flip_mirrors_exactly()
    {
        var picture = Picture();
        var mirrored = PictureVariation.Of(picture, new Augmentation { Flip = 1 }, 1);
        for (var y = 0; y < picture.Height; y++)
            for (var x = 0; x < picture.Width; x++)
                Assert.Equal(At(picture, x, y), At(mirrored, picture.Width - 1 - x, y));
    }

    [Fact]
    public void A_quarter_turn_is_exact_on_a_square()
    {
        var picture = Picture();
        var turned = AffineWarp.Of(picture, Drawn(new Augmentation { Rotate = 90 }, d => Math.Abs(Math.Abs(d.Radians) - Math.PI / 2) < 1e-3, out var sign), White);
        // The angle is within a thousandth of a quarter turn: the centre's pixels move by less than a fiftieth of a pixel.
        for (var i = -3; i < 3; i++)
            Assert.InRange(Math.Abs(At(turned, 12 + i, 11).G - (sign > 0 ? At(picture, 11, 11 - i) : At(picture, 12, 12 + i)).G), 0, 8);
    }

    [Fact]
    public void What_is_uncovered_takes_the_corners_colour()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var varied = PictureVariation.Of(Picture(), new Augmentation { Zoom = 0.5, Rotate = 45, Shift = 0.05 }, seed);
            Assert.Equal(White, At(varied, 0, 0));
            Assert.Equal(White, At(varied, EmojiLike.Side - 1, EmojiLike.Side - 1));
        }
    }

    [Fact]
    public void Crops_keep_the_share_that_was_asked_for()
    {
        for (var seed = 0UL; seed < 200; seed++)
        {
            var random = new SplitMix64.Sequence(seed);
            var drawn = new DrawnVariation(new Augmentation { Crop = 0.7, Erase = 0.3 }, ref random);
            Assert.InRange(drawn.CropWidth * drawn.CropHeight, 0.7 - 1e-12, 1 + 1e-12);
            Assert.InRange(drawn.CropX + drawn.CropWidth, 0, 1 + 1e-12);
            Assert.InRange(drawn.CropY + drawn.CropHeight, 0, 1 + 1e-12);
            Assert.InRange(drawn.EraseWidth * drawn.EraseHeight, 0, 0.3);
        }
    }

    [Fact]
    public void A_step_leaves_what_the_others_draw()
    {
        var (one, other) = (new SplitMix64.Sequence(9), new SplitMix64.Sequence(9));
        var alone = new DrawnVariation(new Augmentation { Rotate = 10, Noise = 0.1 }, ref one);
        var both = new DrawnVariation(new Augmentation { Rotate = 10, Noise = 0.1, Crop = 0.5, Flip = 1, Hue = 0.1, Erase = 0.2 }, ref other);
        Assert.Equal((alone.Radians, alone.Noise), (both.Radians, both.Noise));
        Assert.Equal(one.Next(), other.Next());
    }

    [Fact]
    public void Colours_change_as_their_formulas_say()
    {
        var picture = RgbImage.Filled(2, 1, new Rgb(200, 100, 50));
        Of(new() { Grayscale = 1 }, out var grey);
        // 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
        Assert.Equal(new Rgb(124, 124, 124), grey);

        // A turn of the hue keeps the weighted grey, but for the rounding of three values.
        Of(new() { Hue = 0.1 }, out var turned);
        Assert.NotEqual(new Rgb(200, 100, 50), turned);
        Assert.InRange(0.299 * turned.R + 0.587 * turned.G + 0.114 * turned.B, 124.2 - 0.5, 124.2 + 0.5);

        // White and grey have no hue and no saturation.
        Assert.Equal(new Rgb(124, 124, 124), Of(new() { Hue = 0.5, Saturation = 0.9 }, out _, new Rgb(124, 124, 124)));
        Assert.Equal(White, Of(new() { Hue = 0.5, Saturation = 0.9 }, out _, White));

        Rgb Of(Augmentation augment, out Rgb colour, Rgb? from = null)
        {
            var random = new SplitMix64.Sequence(4);
            var result = RgbImage.Filled(2, 1, from ?? At(picture, 0, 0));
            ColourChange.Apply(result, new DrawnVariation(augment, ref random));
            return colour = At(result, 0, 0);
        }
    }

    [Fact]
    public void A_blur_keeps_flat_areas_and_the_mean()
    {
        Assert.Equal(RgbImage.Filled(9, 5, new Rgb(1, 128, 255)).Pixels.ToArray(), GaussianBlur.Of(RgbImage.Filled(9, 5, new Rgb(1, 128, 255)), 2.3).Pixels.ToArray());
        var point = new RgbImage(33, 33);
        point.Row(16)[3 * 16] = 255;
        var blurred = GaussianBlur.Of(point, 1.5);
        // The density of a Gaussian at its centre, times the pixel's value.
        Assert.InRange(At(blurred, 16, 16).R, 255 / (2 * Math.PI * 1.5 * 1.5) - 1, 255 / (2 * Math.PI * 1.5 * 1.5) + 1);
        Assert.Equal(At(blurred, 13, 16), At(blurred, 19, 16));
        Assert.Equal(At(blurred, 16, 13), At(blurred, 13, 16));
    }

    [Fact]
    public void Noise_has_the_deviation_that_was_drawn()
    {
        var picture = RgbImage.Filled(200, 200, new Rgb(128, 128, 128));
        var random = new SplitMix64.Sequence(6);
        var deviation = 255 * new DrawnVariation(new Augmentation { Noise = 0.1 }, ref random).Noise;
        var differences = PictureVariation.Of(picture, new Augmentation { Noise = 0.1 }, 6).Pixels.ToArray().Select(v => v - 128.0).ToArray();
        // 120,000 values: the standard error of the mean is a 346th of the deviation, that of the deviation a 490th; rounding adds 1/12 to the variance.
        Assert.InRange(differences.Average(), -5 * deviation / 346, 5 * deviation / 346);
        var found = Math.Sqrt(differences.Sum(d => d * d) / differences.Length - 1.0 / 12);
        Assert.InRange(found, deviation * (1 - 5.0 / 490), deviation * (1 + 5.0 / 490));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void Impossible_strengths_are_named(double value)
    {
        Assert.Contains("`crop`", new Augmentation { Crop = value }.Problem);
        Assert.Contains("`erase`", new Augmentation { Erase = value }.Problem);
        Assert.Null(new Augmentation { Crop = 0.7, Hue = 0.5, Rotate = 180 }.Problem);
    }

    private static RgbImage Picture() => ImageLoader.Load(EmojiLike.Picture(3), "picture").Value;

    private static Rgb At(RgbImage picture, int x, int y)
    {
        var pixel = picture.Row(y)[(3 * x)..];
        return new Rgb(pixel[0], pixel[1], pixel[2]);
    }

    /// <summary>The first variation among many seeds that fulfils a condition.</summary>
    private static DrawnVariation Drawn(Augmentation augment, Func<DrawnVariation, bool> fits, out int sign)
    {
        for (var seed = 0UL; ; seed++)
        {
            var random = new SplitMix64.Sequence(seed);
            var drawn = new DrawnVariation(augment, ref random);
            if (!fits(drawn))
                continue;
            sign = Math.Sign(drawn.Radians);
            return drawn;
        }
    }
}
