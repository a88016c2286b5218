using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// A regular expression over code points. .NET's engine sees UTF-16 units, so a letter beyond U+FFFF would be two
/// surrogates and no letter at all. Texts that hold such code points are matched through a copy in which each is
/// replaced by one character of the same general category.
/// </summary>
internal sealed class CodePointRegex : TextPattern
{
    private static readonly Lazy<char[]> StandIns = new(FindStandIns);

    private readonly Regex _regex;

    public CodePointRegex(string expression)
    {
        try
        {
            // In the reference engine's syntax ^ and $ are line anchors.
            _regex = new Regex(OnigurumaSyntax.Translate(expression), RegexOptions.CultureInvariant | RegexOptions.Multiline);
        }
        catch (RegexParseException problem)
        {
            throw new UnusableInputException($"the pattern {expression} is not supported: {problem.Message}");
        }
    }

    public override List<TextRange> Matches(string text)
    {
        (string projected, int[]? positions) = Project(text);
        var found = new List<TextRange>();
        foreach (ValueMatch match in _regex.EnumerateMatches(projected))
        {
            int end = match.Index + match.Length;
            found.Add(positions is null ? new(match.Index, end) : new(positions[match.Index], positions[end]));
        }

        return found;
    }

    /// <summary>The text with one character a code point, and where each of them (and the end) lies in the text.</summary>
    private static (string Projected, int[]? Positions) Project(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return (text, null);
        }

        var projected = new StringBuilder(text.Length);
        var positions = new List<int>(text.Length + 1);
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            positions.Add(at);
            projected.Append(rune.IsBmp ? (char)rune.Value : StandIns.Value[(int)Rune.GetUnicodeCategory(rune)]);
            at += rune.Utf16SequenceLength;
        }

        return (projected.ToString(), [.. positions, at]);
    }

    /// <summary>
    /// For each category the last such character below U+FFFF: full-width forms and the like, which no tokenizer's
    /// pattern names by itself.
    /// </summary>
    private static char[] FindStandIns()
    {
        var standIns = new char[Enum.GetValues<UnicodeCategory>().Length];
        for (int c = 0; c <= char.MaxValue; c++)
        {
            standIns[(int)CharUnicodeInfo.GetUnicodeCategory((char)c)] = (char)c;
        }

        return standIns;
    }
}
