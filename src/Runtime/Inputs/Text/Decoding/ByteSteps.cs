using System.Globalization;
using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// Byte tokens <c>&lt;0xNN&gt;</c> back to characters, other tokens as they are.
/// </summary>
/// <param name="streaming">
/// False: a run of byte tokens that is not valid UTF-8 as a whole becomes U+FFFD throughout, as the published
/// decoders have it. True: characters leave as soon as they are complete, so only the bad bytes of a run do.
/// </param>
internal sealed class ByteFallbackStep(bool streaming) : DecodeStep
{
    private const string Replacement = "\uFFFD";

    private readonly List<byte> _run = [];

    public override void Push(string token, Action<string> next)
    {
        if (!TryParse(token, out byte value))
        {
            Finish(next);
            next(token);
            return;
        }

        _run.Add(value);
        if (streaming)
        {
            HandOnCompleteCharacters(next);
        }
    }

    public override void Finish(Action<string> next)
    {
        if (_run.Count == 0)
        {
            return;
        }

        byte[] run = [.. _run];
        _run.Clear();
        if (System.Text.Unicode.Utf8.IsValid(run))
        {
            next(Encoding.UTF8.GetString(run));
            return;
        }

        foreach (byte _ in run)
        {
            next(Replacement);
        }
    }

    private void HandOnCompleteCharacters(Action<string> next)
    {
        while (_run.Count > 0)
        {
            byte[] run = [.. _run];
            System.Buffers.OperationStatus status = Rune.DecodeFromUtf8(run, out Rune rune, out int consumed);
            if (status == System.Buffers.OperationStatus.NeedMoreData)
            {
                return;
            }

            bool valid = status == System.Buffers.OperationStatus.Done;
            next(valid ? rune.ToString() : string.Concat(Enumerable.Repeat(Replacement, consumed)));
            _run.RemoveRange(0, consumed);
        }
    }

    /// <summary>The byte that a token of the form <c>&lt;0xNN&gt;</c> stands for.</summary>
    public static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}

/// <summary>Tokens back to the text whose UTF-8 they spell; bytes that are none become U+FFFD.</summary>
/// <param name="bytes">The bytes of one token.</param>
/// <param name="streaming">True: characters leave as soon as they are complete.</param>
internal sealed class BytesStep(Func<string, byte[]> bytes, bool streaming) : DecodeStep
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _text = new();

    public override void Push(string token, Action<string> next)
    {
        Append(bytes(token), flush: false);
        if (streaming && _text.Length > 0)
        {
            HandOn(next);
        }
    }

    public override void Finish(Action<string> next)
    {
        Append([], flush: true);
        HandOn(next);
    }

    private void Append(byte[] utf8, bool flush)
    {
        var characters = new char[_decoder.GetCharCount(utf8, flush)];
        int count = _decoder.GetChars(utf8, characters, flush);
        _text.Append(characters, 0, count);
    }

    private void HandOn(Action<string> next)
    {
        next(_text.ToString());
        _text.Clear();
    }
}
