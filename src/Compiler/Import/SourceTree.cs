using System.Collections.Immutable;
using System.Text;

namespace Mllm.Compiler.Import;

/// <summary>A piece of source text that knows where it may be broken: a word, or a call with its arguments (each with <c>name: </c> in front, or nothing).</summary>
internal sealed record SourceTree(string Head, ImmutableArray<(string Name, SourceTree Value)> Arguments)
{
    private readonly bool _isCall = true;

    public SourceTree(string word) : this(word, []) => _isCall = false;

    /// <summary>All on one line.</summary>
    public string Flat => !_isCall ? Head : $"{Head}({string.Join(", ", Arguments.Select(a => a.Name + a.Value.Flat))})";

    /// <summary>The text over as many lines as its width asks for; arguments that go on stand below the first.</summary>
    /// <param name="column">Where on its line the text begins.</param>
    public string Fill(int column, int width)
    {
        var text = new StringBuilder();
        Fill(text, ref column, width);
        return text.ToString();
    }

    private void Fill(StringBuilder text, ref int column, int width)
    {
        if (Arguments.IsEmpty)
        {
            Append(text, ref column, Flat);
            return;
        }
        Append(text, ref column, $"{Head}(");
        var indent = column;
        for (var i = 0; i < Arguments.Length; i++)
        {
            var (name, value) = Arguments[i];
            var end = i + 1 < Arguments.Length ? 1 : 0;
            if (i > 0 && column + 1 + name.Length + value.Flat.Length + end > width)
                Append(text, ref column, "\n" + new string(' ', indent));
            else if (i > 0)
                Append(text, ref column, " ");
            Append(text, ref column, name);
            if (column + value.Flat.Length + end > width)
                value.Fill(text, ref column, width);
            else
                Append(text, ref column, value.Flat);
            if (end > 0)
                Append(text, ref column, ",");
        }
        Append(text, ref column, ")");
    }

    private static void Append(StringBuilder text, ref int column, string piece)
    {
        text.Append(piece);
        column = piece.LastIndexOf('\n') is >= 0 and var line ? piece.Length - line - 1 : column + piece.Length;
    }
}
