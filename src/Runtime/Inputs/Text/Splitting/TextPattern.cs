using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>A part of a text: <c>[Start, End)</c> in UTF-16 units.</summary>
internal readonly record struct TextRange(int Start, int End);

/// <summary>Something to look for in a text; matches come in order and do not overlap.</summary>
internal abstract class TextPattern
{
    public abstract List<TextRange> Matches(string text);

    /// <summary>A fixed string; the empty one matches nowhere.</summary>
    public static TextPattern Literal(string content) => new LiteralPattern(content);

    /// <summary>Each single code point that <paramref name="matches"/> accepts.</summary>
    public static TextPattern Each(Func<Rune, bool> matches) => new RunePattern(matches);

    /// <summary>A regular expression in the syntax of <c>tokenizer.json</c>.</summary>
    public static TextPattern Regex(string expression) => new CodePointRegex(expression);

    /// <summary>The text with every match replaced.</summary>
    public virtual string Replace(string text, string content)
    {
        List<TextRange> matches = Matches(text);
        if (matches.Count == 0)
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        int done = 0;
        foreach (TextRange match in matches)
        {
            result.Append(text, done, match.Start - done).Append(content);
            done = match.End;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    private sealed class LiteralPattern(string content) : TextPattern
    {
        public override List<TextRange> Matches(string text)
        {
            var found = new List<TextRange>();
            int from = 0;
            while (content.Length > 0 && text.IndexOf(content, from, StringComparison.Ordinal) is >= 0 and var start)
            {
                from = start + content.Length;
                found.Add(new(start, from));
            }

            return found;
        }

        public override string Replace(string text, string by) =>
            content.Length == 0 ? text : text.Replace(content, by, StringComparison.Ordinal);
    }

    private sealed class RunePattern(Func<Rune, bool> accepts) : TextPattern
    {
        public override List<TextRange> Matches(string text)
        {
            var found = new List<TextRange>();
            int at = 0;
            foreach (Rune rune in text.EnumerateRunes())
            {
                if (accepts(rune))
                {
                    found.Add(new(at, at + rune.Utf16SequenceLength));
                }

                at += rune.Utf16SequenceLength;
            }

            return found;
        }
    }
}
