using System.Globalization;
using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>The classes of code points that pre-tokenizers and added tokens speak of.</summary>
internal static class CharacterClasses
{
    /// <summary>Decimal digits, letter numbers and other numbers.</summary>
    public static bool IsNumeric(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>Unicode punctuation, and all that ASCII counts as such ($, +, &lt; and the like).</summary>
    public static bool IsPunctuation(Rune rune) =>
        Rune.IsPunctuation(rune) || (rune.IsAscii && Rune.IsSymbol(rune));

    /// <summary>What a regular expression's <c>\w</c> accepts: letters, marks, digits, connectors and the zero-width joiners.</summary>
    public static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
            or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,

        // Circled and squared Latin letters are symbols by category but alphabetic by property.
        UnicodeCategory.OtherSymbol => rune.Value
            is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        _ => false,
    };

    /// <summary>The maximal runs of word characters and of characters that are neither words nor white space.</summary>
    public static List<TextRange> Runs(string text)
    {
        var runs = new List<TextRange>();
        int at = 0;
        int previous = -1;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int kind = IsWord(rune) ? 1 : Rune.IsWhiteSpace(rune) ? 0 : 2;
            int end = at + rune.Utf16SequenceLength;
            if (kind != 0 && kind == previous)
            {
                runs[^1] = runs[^1] with { End = end };
            }
            else if (kind != 0)
            {
                runs.Add(new(at, end));
            }

            (previous, at) = (kind, end);
        }

        return runs;
    }
}
