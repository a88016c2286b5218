namespace Mllm.Compiler.Text;

/// <summary>A half-open range of characters of one source file.</summary>
public readonly record struct Span(SourceText Source, int Start, int End)
{
    public int Length => End - Start;

    public string Text => Source.Text[Math.Min(Start, Source.Text.Length)..Math.Min(End, Source.Text.Length)];

    public LinePosition From => Source.PositionOf(Start);

    public LinePosition To => Source.PositionOf(End);

    /// <summary>The smallest span that covers both; the second must be of the same source.</summary>
    public Span Through(Span last) => this with { End = Math.Max(End, last.End) };

    public override string ToString() => $"{Source.Path}:{From.Line + 1}:{From.Column + 1}";
}
