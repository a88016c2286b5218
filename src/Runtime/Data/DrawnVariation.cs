namespace Mllm.Runtime.Data;

/// <summary>
/// The strengths that one picture gets. All are always drawn, in one order, so that switching a step on or off changes no other.
/// </summary>
internal sealed record DrawnVariation
{
    /// <param name="augment">The limits.</param>
    /// <param name="random">Where the numbers come from; what it gives next belongs to the noise.</param>
    public DrawnVariation(Augmentation augment, ref SplitMix64.Sequence random)
    {
        var area = random.Between(augment.Crop > 0 ? augment.Crop : 1, 1);
        // The sides' ratio stays where neither side of the crop becomes longer than the picture's.
        var ratio = Math.Exp(random.Between(-1, 1) * Math.Min(Math.Log(4.0 / 3), -Math.Log(area)));
        (CropWidth, CropHeight) = (Math.Sqrt(area * ratio), Math.Sqrt(area / ratio));
        (CropX, CropY) = (random.Between(0, 1 - CropWidth), random.Between(0, 1 - CropHeight));
        Scale = random.Between(augment.Zoom > 0 ? augment.Zoom : 1, 1);
        (ShiftX, ShiftY) = (Around(0, augment.Shift, ref random), Around(0, augment.Shift, ref random));
        Radians = Around(0, augment.Rotate, ref random) * Math.PI / 180;
        Mirrored = random.Chance(augment.Flip);
        Brightness = Around(1, augment.Brightness, ref random);
        Contrast = Around(1, augment.Contrast, ref random);
        Saturation = Around(1, augment.Saturation, ref random);
        HueTurn = Around(0, augment.Hue, ref random);
        Grey = random.Chance(augment.Grayscale);
        Blur = random.Between(0, augment.Blur);
        Noise = random.Between(0, augment.Noise);
        var erased = random.Between(0, augment.Erase);
        var shape = Math.Exp(random.Between(-1, 1) * Math.Min(Math.Log(2), erased > 0 ? -Math.Log(erased) : 0));
        (EraseWidth, EraseHeight) = (Math.Sqrt(erased * shape), Math.Sqrt(erased / shape));
        (EraseX, EraseY) = (random.Between(0, 1 - EraseWidth), random.Between(0, 1 - EraseHeight));
    }

    /// <summary>The part that is kept, in shares of the picture's sides.</summary>
    public double CropX { get; }

    public double CropY { get; }

    public double CropWidth { get; }

    public double CropHeight { get; }

    /// <summary>Below 1 the picture shrinks.</summary>
    public double Scale { get; }

    /// <summary>In shares of the sides.</summary>
    public double ShiftX { get; }

    public double ShiftY { get; }

    public double Radians { get; }

    public bool Mirrored { get; }

    public double Brightness { get; }

    public double Contrast { get; }

    public double Saturation { get; }

    /// <summary>In turns of the colour circle.</summary>
    public double HueTurn { get; }

    public bool Grey { get; }

    /// <summary>Standard deviation, as a share of the shorter side.</summary>
    public double Blur { get; }

    /// <summary>Standard deviation, where values go from 0 to 1.</summary>
    public double Noise { get; }

    /// <summary>The part that is erased, in shares of the picture's sides.</summary>
    public double EraseX { get; }

    public double EraseY { get; }

    public double EraseWidth { get; }

    public double EraseHeight { get; }

    public bool Moves => CropWidth < 1 || CropHeight < 1 || Scale < 1 || ShiftX != 0 || ShiftY != 0 || Radians != 0 || Mirrored;

    public bool Colours => Brightness != 1 || Contrast != 1 || Saturation != 1 || HueTurn != 0 || Grey;

    private static double Around(double middle, double reach, ref SplitMix64.Sequence random) => middle + random.Between(-1, 1) * reach;
}
