using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>The decoders of a <c>tokenizer.json</c>.</summary>
internal static class DecodeSteps
{
    /// <summary>What happens without a decoder.</summary>
    public static readonly DecodeStepKind JoinWithBlanks = Numbered((token, index) => index == 0 ? token : " " + token);

    public static readonly DecodeStepKind ByteFallback = new(mode => new ByteFallbackStep(mode.Streaming));

    public static readonly DecodeStepKind ByteLevel =
        new(mode => new BytesStep(ByteLevelAlphabet.Unspell, mode.Streaming), Fuses: true);

    /// <summary>Byte tokens <c>&lt;0xNN&gt;</c> and others in one stream of bytes, so that a bad byte spoils nothing but itself.</summary>
    public static readonly DecodeStepKind Bytes = new(
        mode => new BytesStep(token => ByteFallbackStep.TryParse(token, out byte value) ? [value] : Encoding.UTF8.GetBytes(token), mode.Streaming),
        Fuses: true);

    public static readonly DecodeStepKind Fuse = new(mode => mode.Streaming ? new EachStep(token => token) : new FuseStep(), Fuses: true);

    public static DecodeStepKind Replace(TextPattern pattern, string content) =>
        new(_ => new EachStep(token => pattern.Replace(token, content)));

    public static DecodeStepKind Strip(char content, int start, int stop) =>
        new(mode => mode is { Streaming: true, Fused: true }
            ? new StripStreamStep(content, start, stop)
            : new EachStep(token => Stripped(token, content, start, stop)));

    /// <summary>Blanks from the replacement character; the first token's own are dropped unless none is ever prepended.</summary>
    public static DecodeStepKind Metaspace(char replacement, PrependScheme prepend) => Numbered((token, index) =>
        index == 0 && prepend != PrependScheme.Never
            ? token.Replace(replacement.ToString(), "", StringComparison.Ordinal)
            : token.Replace(replacement, ' '));

    /// <summary>Words separated by blanks, tokens inside a word joined; <paramref name="cleanup"/> removes the blanks that English does not have.</summary>
    public static DecodeStepKind WordPiece(string prefix, bool cleanup) => Numbered((token, index) =>
    {
        if (index > 0)
        {
            token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        }

        return cleanup ? WithoutSpareBlanks(token) : token;
    });

    /// <summary>The end-of-word suffix becomes a blank, but nothing at the end of the text.</summary>
    public static DecodeStepKind Bpe(string suffix) => new(_ => new SuffixStep(suffix));

    private static DecodeStepKind Numbered(Func<string, int, string> decode) => new(_ =>
    {
        int index = 0;
        return new EachStep(token => decode(token, index++));
    });

    private static string Stripped(string token, char content, int start, int stop)
    {
        int from = 0, to = token.Length;
        while (from < start && from < token.Length && token[from] == content)
        {
            from++;
        }

        while (token.Length - to < stop && to > from && token[to - 1] == content)
        {
            to--;
        }

        return token[from..to];
    }

    private static string WithoutSpareBlanks(string token) => new StringBuilder(token)
        .Replace(" .", ".").Replace(" ?", "?").Replace(" !", "!").Replace(" ,", ",").Replace(" ' ", "'")
        .Replace(" n't", "n't").Replace(" 'm", "'m").Replace(" do not", " don't")
        .Replace(" 's", "'s").Replace(" 've", "'ve").Replace(" 're", "'re").ToString();

    private sealed class EachStep(Func<string, string> decode) : DecodeStep
    {
        public override void Push(string token, Action<string> next) => next(decode(token));
    }

    private sealed class FuseStep : DecodeStep
    {
        private readonly StringBuilder _all = new();

        public override void Push(string token, Action<string> next) => _all.Append(token);

        public override void Finish(Action<string> next) => next(_all.ToString());
    }

    private sealed class SuffixStep(string suffix) : DecodeStep
    {
        private string? _held;

        public override void Push(string token, Action<string> next)
        {
            Release(" ", next);
            _held = token;
        }

        public override void Finish(Action<string> next) => Release("", next);

        private void Release(string replacement, Action<string> next)
        {
            if (_held is not null)
            {
                next(suffix.Length == 0 ? _held : _held.Replace(suffix, replacement, StringComparison.Ordinal));
            }
        }
    }
}
