using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>The four normalization forms of Unicode Standard Annex 15.</summary>
internal sealed record UnicodeForm(bool Compatibility, bool Compose)
{
    public static readonly UnicodeForm Nfc = new(false, true);
    public static readonly UnicodeForm Nfd = new(false, false);
    public static readonly UnicodeForm Nfkc = new(true, true);
    public static readonly UnicodeForm Nfkd = new(true, false);

    // Hangul syllables are arithmetic: lead, vowel and tail letters in blocks (The Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28, Syllables = Leads * Vowels * Tails;

    /// <summary>Below this character nothing decomposes, nothing combines: U+00A0 has the first compatibility mapping, U+00C0 the first canonical one, U+0300 is the first mark.</summary>
    private char FirstAffected => (Compatibility, Compose) switch
    {
        (true, _) => '\u00A0',
        (_, true) => '\u0300',
        _ => '\u00C0',
    };

    /// <summary><paramref name="text"/> (without lone surrogates) in this form.</summary>
    public string Apply(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstAffected, char.MaxValue))
        {
            return text;
        }

        var codePoints = new List<int>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codePoints);
        }

        Reorder(codePoints);
        var result = new StringBuilder(text.Length);
        foreach (int codePoint in Compose ? Composed(codePoints) : codePoints)
        {
            result.Append(new Rune(codePoint));
        }

        return result.ToString();
    }

    private void Decompose(int codePoint, List<int> into)
    {
        if (codePoint - SyllableBase is >= 0 and < Syllables and var syllable)
        {
            into.Add(LeadBase + (syllable / (Vowels * Tails)));
            into.Add(VowelBase + (syllable / Tails % Vowels));
            if (syllable % Tails > 0)
            {
                into.Add(TailBase + (syllable % Tails));
            }
        }
        else if (UnicodeTables.Decomposition(codePoint, Compatibility) is { } parts)
        {
            foreach (int part in parts)
            {
                Decompose(part, into);
            }
        }
        else
        {
            into.Add(codePoint);
        }
    }

    /// <summary>Sorts each run of non-starters by combining class, keeping the order of equals.</summary>
    private static void Reorder(List<int> codePoints)
    {
        for (int i = 0; i < codePoints.Count; i++)
        {
            int start = i;
            while (i < codePoints.Count && UnicodeTables.CombiningClass(codePoints[i]) != 0)
            {
                i++;
            }

            if (i - start > 1)
            {
                int[] sorted = [.. codePoints[start..i].OrderBy(UnicodeTables.CombiningClass)];
                for (int k = 0; k < sorted.Length; k++)
                {
                    codePoints[start + k] = sorted[k];
                }
            }
        }
    }

    private static List<int> Composed(List<int> codePoints)
    {
        var result = new List<int>(codePoints.Count);
        int starter = -1;
        int lastClass = 0;
        foreach (int codePoint in codePoints)
        {
            int combiningClass = UnicodeTables.CombiningClass(codePoint);

            // A mark is blocked from its starter by an equal or higher class in between, a starter by anything.
            bool adjacent = starter == result.Count - 1;
            if (starter >= 0 && (adjacent || (lastClass < combiningClass && lastClass != 0))
                && Pair(result[starter], codePoint) is { } composed)
            {
                result[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = result.Count;
            }

            lastClass = combiningClass;
            result.Add(codePoint);
        }

        return result;
    }

    private static int? Pair(int first, int second)
    {
        if (first - LeadBase is >= 0 and < Leads and var lead && second - VowelBase is >= 0 and < Vowels and var vowel)
        {
            return SyllableBase + (((lead * Vowels) + vowel) * Tails);
        }

        if (first - SyllableBase is >= 0 and < Syllables and var syllable && syllable % Tails == 0
            && second - TailBase is > 0 and < Tails and var tail)
        {
            return first + tail;
        }

        return UnicodeTables.Composition(first, second);
    }
}
