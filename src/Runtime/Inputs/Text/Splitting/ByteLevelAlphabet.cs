using System.Buffers;
using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// GPT-2's reversible spelling of bytes as visible characters (Radford et al., 2019): printable Latin-1 stands for
/// itself, the 68 other bytes for U+0100 onwards.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] Characters = Build();
    private static readonly Dictionary<char, byte> Bytes = Characters.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => (byte)p.i);

    /// <summary>The 256 characters in ordinal order, which is the order of GPT-2's first ids.</summary>
    public static IEnumerable<string> Tokens => Characters.Order().Select(c => c.ToString());

    /// <summary>The text's UTF-8 bytes, one character each.</summary>
    public static string Spell(string text)
    {
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int length = Encoding.UTF8.GetBytes(text, utf8);
        string spelt = string.Create(length, utf8, static (characters, bytes) =>
        {
            for (int i = 0; i < characters.Length; i++)
            {
                characters[i] = Characters[bytes[i]];
            }
        });
        ArrayPool<byte>.Shared.Return(utf8);
        return spelt;
    }

    /// <summary>The bytes that a token spells; a token with any other character stands for its own UTF-8.</summary>
    public static byte[] Unspell(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (!Bytes.TryGetValue(token[i], out bytes[i]))
            {
                return Encoding.UTF8.GetBytes(token);
            }
        }

        return bytes;
    }

    private static char[] Build()
    {
        var characters = new char[256];
        char next = '\u0100';
        for (int b = 0; b < characters.Length; b++)
        {
            bool visible = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[b] = visible ? (char)b : next++;
        }

        return characters;
    }
}
