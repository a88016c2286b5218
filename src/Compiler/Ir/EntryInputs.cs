namespace Mllm.Compiler.Ir;

/// <summary>What the names of entries' inputs begin with, before the name of what is given.</summary>
public static class EntryInputs
{
    /// <summary>The tokens of a text beside the prompt: <c>text.caption</c>.</summary>
    public const string Text = "text.";

    /// <summary>The same with -100 where nothing is to be predicted: <c>labels.caption</c>.</summary>
    public const string Labels = "labels.";

    /// <summary>The name after a stem; null for another input.</summary>
    public static string? After(string stem, string input) => input.StartsWith(stem, StringComparison.Ordinal) ? input[stem.Length..] : null;
}
