using System.Text;

namespace Mllm.Runtime.Weights;

/// <summary>One thing wrong with a checkpoint or with how it is mapped to a model: a value, never thrown.</summary>
/// <param name="Code">Stable code, <c>MLLM6nnn</c>.</param>
/// <param name="Message">One sentence that stands alone.</param>
/// <param name="File">The file or folder it is about.</param>
/// <param name="Tensor">The tensor it is about, where there is one.</param>
/// <param name="Found">What was found, where that is more than the message says.</param>
/// <param name="Expected">What would have been right.</param>
public sealed record WeightsError(
    string Code, string Message, string File, string? Tensor = null, string? Found = null, string? Expected = null)
{
    /// <summary>The error as text for a terminal, without colours and without a final line break.</summary>
    public string Render()
    {
        var text = new StringBuilder($"error[{Code}]: {Message}");
        if (File.Length > 0) text.Append($"\n  --> {Shown(File)}");
        if (Found is not null) text.Append($"\n   = found: {Found}");
        if (Expected is not null) text.Append($"\n   = expected: {Expected}");
        return text.ToString();
    }

    /// <summary>
    /// A name as it may be printed. Names come from files that nobody vouches for, so control characters, which could
    /// drive a terminal, are escaped and very long names are cut.
    /// </summary>
    public static string Shown(string name)
    {
        const int longest = 160;
        if (name.Length <= longest && !name.Any(Escapes)) return name;
        var shown = new StringBuilder();
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, longest)))
            _ = Escapes(c) ? shown.Append($"\\u{(int)c:x4}") : shown.Append(c);
        return name.Length <= longest ? shown.ToString() : shown.Append($"... ({name.Length} characters)").ToString();
    }

    // Control, format (bidirectional overrides), lone surrogates and line separators.
    private static bool Escapes(char c) => char.GetUnicodeCategory(c) is
        System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
        or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
}
