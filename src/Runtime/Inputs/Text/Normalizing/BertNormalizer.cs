using System.Globalization;
using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>BERT's text cleaning (Devlin et al., 2018, the reference BasicTokenizer): each part can be switched off.</summary>
/// <param name="CleanText">Drops control characters; every white space becomes a blank.</param>
/// <param name="SeparateIdeographs">Puts blanks around CJK ideographs, so that each becomes a word.</param>
/// <param name="StripAccents">Decomposes and drops nonspacing marks.</param>
/// <param name="Lowercase">Lowercases.</param>
internal sealed record BertNormalizer(bool CleanText, bool SeparateIdeographs, bool StripAccents, bool Lowercase)
{
    public string Apply(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (CleanText && IsDropped(rune))
            {
                continue;
            }

            if (SeparateIdeographs && IsIdeograph(rune.Value))
            {
                result.Append(' ').Append(rune).Append(' ');
            }
            else if (CleanText && Rune.IsWhiteSpace(rune))
            {
                result.Append(' ');
            }
            else
            {
                result.Append(rune);
            }
        }

        string current = result.ToString();
        if (StripAccents)
        {
            current = Normalizers.Without(
                UnicodeForm.Nfd.Apply(current), rune => Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark);
        }

        return Lowercase ? Normalizers.Lowercase(current) : current;
    }

    private static bool IsDropped(Rune rune) => rune.Value switch
    {
        '\t' or '\n' or '\r' => false,
        0 or 0xFFFD => true,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse,
    };

    /// <summary>The CJK Unified Ideographs blocks that the reference names; kana and Hangul are words like any other.</summary>
    private static bool IsIdeograph(int codePoint) => codePoint
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
        or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
