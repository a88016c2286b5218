using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Tests.Diagnostics;

/// <summary>A source text with its spans written into it: the first between <c>«0</c> and <c>0»</c>, the next between <c>«1</c> and <c>1»</c>, ...</summary>
internal sealed class Marked
{
    public Marked(string text, string path = "a.mllm")
    {
        var spans = new SortedDictionary<char, (int Start, int End)>();
        var plain = new System.Text.StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '«')
                spans[text[++i]] = (plain.Length, -1);
            else if (i + 1 < text.Length && text[i + 1] == '»')
                spans[text[i++]] = (spans[text[i - 1]].Start, plain.Length);
            else
                plain.Append(text[i]);
        }
        Source = new SourceText(path, plain.ToString());
        Spans = [.. spans.Values.Select(s => new Span(Source, s.Start, s.End))];
    }

    public SourceText Source { get; }

    public ImmutableArray<Span> Spans { get; }

    /// <summary>An error with the first span as primary label and the others as secondary ones.</summary>
    public Diagnostic Error(string message, params string[] labels) => new("MLLM4001", Severity.Error, message, new Label(Spans[0], labels[0]))
    {
        Secondary = [.. Spans.Skip(1).Zip(labels.Skip(1), (s, text) => new Label(s, text))],
    };
}
