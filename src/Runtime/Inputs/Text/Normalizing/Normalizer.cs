using System.Globalization;
using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>Rewrites text before it is split and encoded; the text never holds lone surrogates.</summary>
internal delegate string Normalizer(string text);

/// <summary>The elementary normalizers of a <c>tokenizer.json</c>.</summary>
internal static class Normalizers
{
    /// <summary>Each one on the result of the one before it.</summary>
    public static Normalizer Sequence(IReadOnlyList<Normalizer> steps) =>
        text => steps.Aggregate(text, (current, step) => step(current));

    /// <summary>Puts <paramref name="prefix"/> before any text but the empty one.</summary>
    public static Normalizer Prepend(string prefix) => text => text.Length == 0 ? text : prefix + text;

    public static Normalizer Replace(TextPattern pattern, string content) => text => pattern.Replace(text, content);

    public static Normalizer Strip(bool left, bool right) => text => (left, right) switch
    {
        (true, true) => text.Trim(),
        (true, false) => text.TrimStart(),
        (false, true) => text.TrimEnd(),
        _ => text,
    };

    /// <summary>Every code point by itself, so a final sigma is no special case; U+0130 alone becomes two.</summary>
    public static string Lowercase(string text) => text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);

    /// <summary>Drops every mark: nonspacing, spacing and enclosing.</summary>
    public static string StripAccents(string text) => Without(text, rune => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);

    /// <summary>The text without the code points that <paramref name="drop"/> names.</summary>
    public static string Without(string text, Func<Rune, bool> drop)
    {
        var kept = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!drop(rune))
            {
                kept.Append(rune);
            }
        }

        return kept.ToString();
    }
}
