using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics;

/// <summary>The lines of a source as a fix would leave them.</summary>
internal sealed record FixPreview(SourceText Source, string Title, int FirstLine, IReadOnlyList<FixPreview.NewLine> Lines)
{
    private const int MostLines = 6;

    /// <param name="Text">A whole line.</param>
    /// <param name="From">Where in it the new text begins.</param>
    /// <param name="To">Where the new text ends.</param>
    internal sealed record NewLine(string Text, int From, int To);

    public int LastLine => FirstLine + Lines.Count - 1;

    public static FixPreview Of(Fix fix)
    {
        var source = fix.Span.Source;
        var start = Math.Clamp(fix.Span.Start, 0, source.Text.Length);
        var end = Math.Clamp(fix.Span.End, start, source.Text.Length);
        var (from, to) = (source.PositionOf(start), source.PositionOf(end));
        var before = source.LineText(from.Line);
        before = before[..Math.Min(from.Column, before.Length)];
        var after = source.LineText(to.Line);
        after = after[Math.Min(to.Column, after.Length)..];

        var added = fix.Replacement.ReplaceLineEndings("\n").Split('\n');
        var lines = added.Select((text, i) =>
        {
            var head = i == 0 ? before : "";
            return new NewLine(head + text + (i == added.Length - 1 ? after : ""), head.Length, head.Length + text.Length);
        });
        return new FixPreview(source, fix.Title, from.Line, [.. lines.Take(MostLines)]);
    }

    /// <summary>Each line with its number, from 0, and the row that marks what is new (empty when nothing on the line is).</summary>
    public IEnumerable<(int Line, string Text, string Marks)> Rows(int room, Palette palette)
    {
        for (var i = 0; i < Lines.Count; i++)
        {
            var display = DisplayLine.Of(Lines[i].Text);
            var mark = (From: display.ColumnOf(Lines[i].From), To: display.ColumnOf(Lines[i].To));
            var window = new LineWindow(display, room, [mark]);
            var row = new StyledRow();
            if (mark.To > mark.From)
                row.Fill(window.Place(mark).From, window.Place(mark).To, '~', Style.Good);
            yield return (FirstLine + i, window.Text, row.Render(palette));
        }
    }
}
