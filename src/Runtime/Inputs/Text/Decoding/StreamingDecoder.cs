using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// Turns ids into text while they are being generated: a character appears as soon as all its bytes are there, and
/// a blank that only marks the start of a text does not appear.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Func<long, string?> _token;
    private readonly StringBuilder _text = new();
    private readonly DecodeChain _chain;

    internal StreamingDecoder(Func<long, string?> token, IReadOnlyList<DecodeStepKind> decoder)
    {
        _token = token;
        _chain = new(decoder, streaming: true, _text);
    }

    /// <summary>The text that <paramref name="id"/> completes: often empty, never part of a character.</summary>
    public string Next(long id)
    {
        if (_token(id) is { } token)
        {
            _chain.Push(token);
        }

        return Taken();
    }

    /// <summary>The rest at the end of the text: U+FFFD for each byte of a character that never became complete.</summary>
    public string Finish()
    {
        _chain.Finish();
        return Taken();
    }

    private string Taken()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }
}
