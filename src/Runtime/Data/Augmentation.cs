namespace Mllm.Runtime.Data;

/// <summary>
/// How pictures are varied while training. Every member is a largest strength or a probability, and 0 leaves its step out. What is drawn depends on
/// the seed, the epoch, the record and the picture's number alone.
/// </summary>
public sealed record Augmentation
{
    /// <summary>The smallest share of the area that a random crop keeps (0.7, say); the crop's sides vary by a third against each other.</summary>
    public double Crop { get; init; }

    /// <summary>The smallest scale to which the picture shrinks on its background (0.6, say).</summary>
    public double Zoom { get; init; }

    /// <summary>The largest shift, as a share of the side.</summary>
    public double Shift { get; init; }

    /// <summary>The largest rotation either way, in degrees.</summary>
    public double Rotate { get; init; }

    /// <summary>The probability of mirroring left and right.</summary>
    public double Flip { get; init; }

    /// <summary>Values are multiplied by a factor from 1 - this to 1 + this.</summary>
    public double Brightness { get; init; }

    /// <summary>Differences from the mean grey are multiplied by a factor from 1 - this to 1 + this.</summary>
    public double Contrast { get; init; }

    /// <summary>Differences from each pixel's grey are multiplied by a factor from 1 - this to 1 + this.</summary>
    public double Saturation { get; init; }

    /// <summary>The largest turn of the hue either way, as a share of the colour circle (up to 0.5).</summary>
    public double Hue { get; init; }

    /// <summary>The probability of losing all colour.</summary>
    public double Grayscale { get; init; }

    /// <summary>The largest standard deviation of a Gaussian blur, as a share of the shorter side (0.02 is 1.3 pixels of 64).</summary>
    public double Blur { get; init; }

    /// <summary>The largest standard deviation of Gaussian noise, where values go from 0 to 1.</summary>
    public double Noise { get; init; }

    /// <summary>The largest share of the area that a rectangle of background covers.</summary>
    public double Erase { get; init; }

    /// <summary>Why these numbers make no sense; null where they do.</summary>
    public string? Problem
    {
        get
        {
            foreach (var (name, value, limit) in new[]
            {
                ("crop", Crop, 1), ("zoom", Zoom, 1), ("shift", Shift, 1), ("rotate", Rotate, 180), ("flip", Flip, 1), ("brightness", Brightness, 1),
                ("contrast", Contrast, 1), ("saturation", Saturation, 1), ("hue", Hue, 0.5), ("grayscale", Grayscale, 1), ("blur", Blur, 0.25),
                ("noise", Noise, 1), ("erase", Erase, 1),
            })
            {
                if (!(value >= 0 && value <= limit))
                    return FormattableString.Invariant($"`{name}` is from 0 (off) to {limit}, found {value}");
            }

            return null;
        }
    }
}
