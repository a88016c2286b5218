using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics;

/// <summary>The lines of one source that labels mark, with the marks under them.</summary>
internal sealed class Snippet
{
    private const int MostLinesOfOneSpan = 5;

    private readonly SourceText _source;
    private readonly RenderOptions _options;
    private readonly Style _primary;
    private readonly List<MarkedSpan> _singles;

    /// <summary>Spans over several lines, in the order of their bars from the left.</summary>
    private readonly List<MarkedSpan> _bars;

    /// <param name="spans">Labels in this source, the most important first.</param>
    /// <param name="primary">The style of the primary marks.</param>
    public Snippet(SourceText source, IReadOnlyList<MarkedSpan> spans, Style primary, RenderOptions options)
    {
        _source = source;
        _options = options;
        _primary = primary;
        _singles = [.. spans.Where(s => !s.IsMultiLine)];
        _bars = [.. spans.Where(s => s.IsMultiLine).OrderBy(s => s.From.Line).ThenBy(s => s.From.Column).ThenByDescending(s => s.To.Line)];
        Lines = [.. Shown(spans)];
    }

    /// <summary>The shown lines, from 0, in order.</summary>
    public IReadOnlyList<int> Lines { get; }

    /// <summary>Writes the rows: <paramref name="row"/> takes a line number or null, and the text after the gutter.</summary>
    /// <param name="gutter">The width of the gutter, which lessens the room for text.</param>
    /// <param name="gap">Takes the text beside the mark of lines left out.</param>
    public void Write(int gutter, Action<int?, string> row, Action<string> gap)
    {
        var palette = new Palette(_options.Colour);
        int? last = null;
        foreach (var line in Lines)
        {
            if (last is { } l && line > l + 1)
                gap(Bars(line, []).Render(palette));
            last = line;
            WriteLine(line, gutter, (number, r) => row(number, r.Render(palette)));
        }
    }

    private void WriteLine(int line, int gutter, Action<int?, StyledRow> row)
    {
        var display = DisplayLine.Of(_source.LineText(line));
        var singles = _singles.Where(s => s.From.Line == line).ToList();
        var starts = _bars.Where(s => s.From.Line == line).OrderBy(s => s.From.Column).ToList();
        var ends = _bars.Where(s => s.To.Line == line).OrderByDescending(_bars.IndexOf).ToList();
        var window = new LineWindow(display, Math.Max(20, _options.Width - gutter - 3 - Margin),
            [.. singles.Concat(starts).Concat(ends).OrderByDescending(s => s.IsPrimary).Select(s => ColumnsIn(display, line, s))]);

        // A span that begins with its line needs no row of its own: its bar begins beside the text.
        var open = starts.Where(StartsItsLine).ToList();
        var head = Bars(line, []);
        foreach (var s in open)
            head.Put(_bars.IndexOf(s), '/', StyleOf(s));
        head.End(Margin, window.Text, Style.None);
        row(line, head);

        foreach (var s in starts.Where(s => !StartsItsLine(s)))
        {
            row(null, Arm(Bars(line, open), s, window.Place(ColumnsIn(display, line, s).From)));
            open.Add(s);
        }
        foreach (var marks in MarkRows([.. singles.Select(s => (s, window.Place(ColumnsIn(display, line, s))))], () => Bars(line, open)))
            row(null, marks);
        var closed = new List<MarkedSpan>();
        foreach (var s in ends)
        {
            var place = window.Place(ColumnsIn(display, line, s).From);
            var arm = Arm(Bars(line, open, closed), s, place);
            arm.Put(_bars.IndexOf(s), '|', StyleOf(s));
            arm.End(Margin + place + 2, s.Text, StyleOf(s));
            row(null, arm);
            closed.Add(s);
        }
    }

    /// <summary>The room that bars take left of the text.</summary>
    private int Margin => _bars.Count == 0 ? 0 : _bars.Count + 1;

    /// <summary>The columns that a span marks on a line: of one over several lines only its first or last character.</summary>
    private static (int From, int To) ColumnsIn(DisplayLine display, int line, MarkedSpan s)
    {
        if (!s.IsMultiLine)
            return (display.ColumnOf(s.From.Column), display.ColumnOf(s.To.Column));
        var column = s.From.Line == line ? display.ColumnOf(s.From.Column) : Math.Max(0, display.ColumnOf(s.To.Column) - 1);
        return (column, column + 1);
    }

    /// <summary>Draws the line from a span's bar to its first or last character.</summary>
    private StyledRow Arm(StyledRow row, MarkedSpan s, int place)
    {
        row.Fill(_bars.IndexOf(s) + 1, Margin + place, '_', StyleOf(s));
        row.Put(Margin + place, s.Mark, StyleOf(s));
        return row;
    }

    /// <summary>A row that holds the bars of the spans which run through a line.</summary>
    private StyledRow Bars(int line, List<MarkedSpan> opened, List<MarkedSpan>? closed = null)
    {
        var row = new StyledRow();
        foreach (var (i, bar) in _bars.Index())
            if ((bar.From.Line < line && line <= bar.To.Line && closed?.Contains(bar) != true) || opened.Contains(bar))
                row.Put(i, '|', StyleOf(bar));
        return row;
    }

    /// <summary>The underlines of one line; the last label's text stands beside them, the others hang below.</summary>
    private IEnumerable<StyledRow> MarkRows(List<(MarkedSpan Span, (int From, int To) Place)> marks, Func<StyledRow> start)
    {
        if (marks.Count == 0)
            yield break;
        var underline = start();
        foreach (var (span, place) in marks.OrderBy(m => m.Span.IsPrimary).ThenByDescending(m => m.Place.To - m.Place.From))
            underline.Fill(Margin + place.From, Margin + place.To, span.Mark, StyleOf(span));
        var end = marks.Max(m => m.Place.To);
        var beside = marks.Where(m => m.Place.To == end && m.Span.Text.Length > 0)
            .OrderByDescending(m => m.Place.From).ThenByDescending(m => m.Span.IsPrimary).Select(m => m.Span).FirstOrDefault();
        if (beside is not null)
            underline.End(Margin + end + 1, beside.Text, StyleOf(beside));
        yield return underline;

        var hanging = marks.Where(m => m.Span.Text.Length > 0 && m.Span != beside).OrderByDescending(m => m.Place.From).ToList();
        for (var i = 0; i < hanging.Count; i++)
        {
            if (i == 0)
                yield return Hang(hanging, null);
            yield return Hang(hanging.Skip(i + 1), hanging[i]);
        }

        StyledRow Hang(IEnumerable<(MarkedSpan Span, (int From, int To) Place)> waiting, (MarkedSpan Span, (int From, int To) Place)? written)
        {
            var row = start();
            foreach (var (span, place) in waiting.Where(w => written is null || w.Place.From < written.Value.Place.From))
                row.Put(Margin + place.From, '|', StyleOf(span));
            if (written is { } w)
                row.End(Margin + w.Place.From, w.Span.Text, StyleOf(w.Span));
            return row;
        }
    }

    private bool StartsItsLine(MarkedSpan s) => string.IsNullOrWhiteSpace(_source.LineText(s.From.Line)[..s.From.Column]);

    private Style StyleOf(MarkedSpan s) => s.IsPrimary ? _primary : Style.Frame;

    private static IEnumerable<int> Shown(IReadOnlyList<MarkedSpan> spans)
    {
        var lines = new SortedSet<int>();
        foreach (var s in spans)
        {
            if (s.To.Line - s.From.Line < MostLinesOfOneSpan)
                lines.UnionWith(Enumerable.Range(s.From.Line, s.To.Line - s.From.Line + 1));
            else
                lines.UnionWith([s.From.Line, s.From.Line + 1, s.To.Line - 1, s.To.Line]);
        }
        // One line left out would take as much room as the mark of its absence.
        lines.UnionWith(lines.Where(l => lines.Contains(l + 2)).Select(l => l + 1).ToList());
        return lines;
    }
}
