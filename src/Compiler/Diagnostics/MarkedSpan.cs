using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics;

/// <summary>A label as lines and columns of its source, from 0, with the end after the last character.</summary>
internal sealed record MarkedSpan(LinePosition From, LinePosition To, string Text, bool IsPrimary)
{
    public bool IsMultiLine => From.Line != To.Line;

    public char Mark => IsPrimary ? '^' : '-';

    /// <summary>Brings a label into its source: offsets past the end count as the end, a last line break is not marked.</summary>
    public static MarkedSpan Of(Label label, bool isPrimary)
    {
        var source = label.Span.Source;
        var start = Math.Clamp(label.Span.Start, 0, source.Text.Length);
        var end = Math.Clamp(label.Span.End, start, source.Text.Length);
        var (from, to) = (source.PositionOf(start), source.PositionOf(end));
        if (to.Line > from.Line && to.Column == 0)
            to = new LinePosition(to.Line - 1, int.MaxValue);
        return new MarkedSpan(Within(source, from), Within(source, to), DisplayLine.Clean(label.Text), isPrimary);
    }

    private static LinePosition Within(SourceText source, LinePosition p) => p with { Column = Math.Min(p.Column, source.LineText(p.Line).Length) };
}
