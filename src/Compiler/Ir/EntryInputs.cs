namespace Mllm.Compiler.Ir;

/// <summary>What the names of entries' inputs begin with, before the name of what is given.</summary>
public static class EntryInputs
{
    /// <summary>The tokens of a text beside the prompt: <c>text.caption</c>.</summary>
    public const string Text = "text.";

    /// <summary>The same with -100 where nothing is to be predicted: <c>labels.caption</c>.</summary>
    public const string Labels = "labels.";

    /// <summary>A picture: <c>pixels</c>, or <c>pixels.ENCODER</c> where there are several encoders.</summary>
    public const string Pixels = "pixels";

    /// <summary>What an injection gives the decoder of the pictures: <c>media0</c>.</summary>
    public const string Media = "media";

    /// <summary>How many pictures a sequence has.</summary>
    public const string ImageCount = "image_count";

    /// <summary>The input of an encoder's pictures where there are several encoders.</summary>
    public static string PixelsOf(string encoder) => $"{Pixels}.{encoder}";

    /// <summary>The encoder of an input of pictures; <paramref name="only"/> where there is one.</summary>
    public static string EncoderOf(string input, string only) => input == Pixels ? only : input[(Pixels.Length + 1)..];

    public static bool IsPixels(string input) => input.StartsWith(Pixels, StringComparison.Ordinal);

    public static bool IsMedia(string input) => input.StartsWith(Media, StringComparison.Ordinal);

    /// <summary>The name after a stem; null for another input.</summary>
    public static string? After(string stem, string input) => input.StartsWith(stem, StringComparison.Ordinal) ? input[stem.Length..] : null;
}
