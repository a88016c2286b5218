using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// SentencePiece's precompiled normalization rules: a double-array trie over UTF-8 prefixes whose values point into
/// a block of zero-terminated replacements.
/// </summary>
internal sealed class CharsMap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <param name="blob">The rules as they are stored: the trie's length in bytes (little endian), the trie, the replacements.</param>
    public CharsMap(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(blob) is var size && (size > blob.Length - 4 || size % 4 != 0 || size == 0))
        {
            throw new UnusableInputException("the precompiled character map is damaged: its trie does not fit");
        }

        _units = new uint[size / 4];
        for (int i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + (4 * i))..]);
        }

        _replacements = blob[(4 + (int)size)..].ToArray();
    }

    /// <summary>The rule for the longest prefix of <paramref name="utf8"/>: how many bytes it replaces (0: no rule) and by what.</summary>
    public int Longest(ReadOnlySpan<byte> utf8, out ReadOnlySpan<byte> replacement) => Find(utf8, stopAtFirst: false, out replacement);

    /// <summary>
    /// The text with its rules applied the way <c>tokenizer.json</c> means them: grapheme clusters of less than
    /// six bytes first, and only the shortest rule of each; then code point by code point.
    /// </summary>
    public string ApplyToGraphemes(string text)
    {
        var result = new StringBuilder(text.Length);
        Span<byte> buffer = stackalloc byte[4];
        TextElementEnumerator clusters = StringInfo.GetTextElementEnumerator(text);
        while (clusters.MoveNext())
        {
            string cluster = clusters.GetTextElement();
            byte[] utf8 = Encoding.UTF8.GetBytes(cluster);
            if (utf8.Length < 6 && Find(utf8, stopAtFirst: true, out ReadOnlySpan<byte> whole) > 0)
            {
                result.Append(Encoding.UTF8.GetString(whole));
                continue;
            }

            foreach (Rune rune in cluster.EnumerateRunes())
            {
                ReadOnlySpan<byte> one = buffer[..rune.EncodeToUtf8(buffer)];
                if (Find(one, stopAtFirst: true, out ReadOnlySpan<byte> part) > 0)
                {
                    result.Append(Encoding.UTF8.GetString(part));
                }
                else
                {
                    result.Append(rune);
                }
            }
        }

        return result.ToString();
    }

    private int Find(ReadOnlySpan<byte> utf8, bool stopAtFirst, out ReadOnlySpan<byte> replacement)
    {
        int matched = 0, value = 0;
        uint position = Offset(_units[0]);
        for (int i = 0; i < utf8.Length; i++)
        {
            position ^= utf8[i];
            if (position >= _units.Length || utf8[i] == 0 || (_units[position] & 0x800000FF) != utf8[i])
            {
                break;
            }

            uint unit = _units[position];
            position ^= Offset(unit);
            if ((unit & 0x100) != 0 && position < _units.Length)
            {
                (matched, value) = (i + 1, (int)(_units[position] & 0x7FFFFFFF));
                if (stopAtFirst)
                {
                    break;
                }
            }
        }

        ReadOnlySpan<byte> rest = matched == 0 || value > _replacements.Length ? default : _replacements.AsSpan(value);
        int end = rest.IndexOf((byte)0);
        replacement = end < 0 ? rest : rest[..end];
        return matched;
    }

    /// <summary>Bits 10 to 30 of a unit, shifted by 8 more where bit 9 says so: the distance to its children.</summary>
    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
