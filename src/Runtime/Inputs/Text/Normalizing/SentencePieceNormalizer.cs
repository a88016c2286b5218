using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// SentencePiece's normalizer: character rules, superfluous blanks, the blank before the text, and blanks made
/// visible as U+2581. User-defined tokens are left as they are.
/// </summary>
internal sealed class SentencePieceNormalizer(SentencePieceFile file, AddedTokenFinder userDefined)
{
    private const char VisibleBlank = '\u2581';

    private readonly CharsMap? _rules = file.CharsMap.Length == 0 ? null : new CharsMap(file.CharsMap);

    public string Apply(string text)
    {
        var rewritten = new StringBuilder(text.Length);
        foreach ((TextRange range, AddedToken? token) in userDefined.Split(text))
        {
            string part = text[range.Start..range.End];
            rewritten.Append(token is null ? Rewritten(part) : part);
        }

        string result = rewritten.ToString();
        if (file.RemoveExtraWhitespaces)
        {
            result = string.Join(' ', result.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        if (result.Length > 0 && file.AddDummyPrefix)
        {
            result = " " + result;
        }

        result = result.Replace(' ', VisibleBlank);

        // The reference trims what it has made visible, and with it what was visible before.
        return file.RemoveExtraWhitespaces ? result.TrimEnd(VisibleBlank) : result;
    }

    /// <summary>The text with the longest rule that fits applied at each position.</summary>
    private string Rewritten(string text)
    {
        if (_rules is null)
        {
            return text;
        }

        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var result = new MemoryStream(utf8.Length);
        for (int at = 0; at < utf8.Length;)
        {
            int length = _rules.Longest(utf8.AsSpan(at), out ReadOnlySpan<byte> replacement);
            if (length == 0)
            {
                Rune.DecodeFromUtf8(utf8.AsSpan(at), out _, out length);
                replacement = utf8.AsSpan(at, length);
            }

            result.Write(replacement);
            at += length;
        }

        return Encoding.UTF8.GetString(result.GetBuffer(), 0, (int)result.Length);
    }
}
