namespace Mllm.Runtime.Inputs;

/// <summary>How a picture of any shape becomes a square.</summary>
public enum ImageFit
{
    /// <summary>The shortest side becomes the size, then the centre is cut out (CLIP); spelt "crop".</summary>
    ShortestSideThenCentreCrop,

    /// <summary>Resized to the square without keeping the aspect ratio (BLIP, BLIP-2); spelt "squash".</summary>
    StretchToSquare,

    /// <summary>Padded to a square with the background first, then resized (LLaVA 1.5); spelt "pad".</summary>
    PadToSquareThenResize,

    /// <summary>The longest side becomes the size, then the rest is background on both sides (Flamingo, appendix A.1); spelt "letterbox".</summary>
    Letterbox,
}

/// <summary>Which filter resizing uses; both smooth ones widen with the reduction, so that nothing aliases.</summary>
public enum Resample
{
    Bicubic,
    Bilinear,
    Nearest,
}

/// <summary>One number for each colour channel, in the units of rescaled pixels (0 to 1).</summary>
public readonly record struct PerChannel(float R, float G, float B);

/// <summary>What a model file's <c>image</c> section asks for: the steps from a decoded picture to the pixel tensor.</summary>
/// <param name="Size">The side of the square, in pixels.</param>
/// <param name="Fit">How the picture becomes that square.</param>
/// <param name="Background">The colour of padding; used by <see cref="ImageFit.PadToSquareThenResize"/> and <see cref="ImageFit.Letterbox"/>.</param>
/// <param name="Mean">Subtracted after rescaling.</param>
/// <param name="Std">Divided by after subtracting.</param>
/// <param name="Resample">The filter.</param>
/// <param name="RescaleFactor">What an 8-bit value is multiplied by.</param>
public sealed record ImageSpec(
    int Size,
    ImageFit Fit,
    Rgb Background,
    PerChannel Mean,
    PerChannel Std,
    Resample Resample = Resample.Bicubic,
    double RescaleFactor = 1.0 / 255)
{
    /// <summary>The colour that shows through a picture's alpha channel, before anything else is done; without one the channel is dropped.</summary>
    public Rgb? Transparent { get; init; }
}
