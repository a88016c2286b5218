namespace Mllm.Compiler.Diagnostics;

/// <summary>The part of a display line that is shown; a long line is cut around its marks.</summary>
internal sealed class LineWindow
{
    private readonly DisplayLine _line;
    private readonly int _left;
    private readonly int _right;

    /// <param name="room">The columns there are.</param>
    /// <param name="marks">The marked columns of the line, the most important first.</param>
    public LineWindow(DisplayLine line, int room, IReadOnlyList<(int From, int To)> marks)
    {
        _line = line;
        (_left, _right) = (0, Math.Max(line.Width + 1, room));
        if (line.Width <= room)
            return;
        var (low, high) = marks.Count == 0 ? (0, 0) : (marks.Min(m => m.From), marks.Max(m => m.To));
        if (high - low > room - 4)
            (low, high) = (marks[0].From, Math.Min(marks[0].To, marks[0].From + room - 4));
        _left = Math.Clamp(low - (room - (high - low)) / 2, 0, line.Width + 1 - room);
        _right = _left + room;
    }

    public string Text
    {
        get
        {
            var (cutLeft, cutRight) = (_left > 0, _right < _line.Width);
            var text = _line.Slice(_left + (cutLeft ? 1 : 0), Math.Min(_right, _line.Width) - (cutRight ? 1 : 0));
            return (cutLeft ? "…" : "") + text + (cutRight ? "…" : "");
        }
    }

    /// <summary>Where a column of the line stands in the window; what lies outside is at its edge.</summary>
    public int Place(int column) => Math.Clamp(column, _left, _right - 1) - _left;

    /// <summary>The marked columns in the window, at least one.</summary>
    public (int From, int To) Place((int From, int To) mark)
    {
        var from = Place(mark.From);
        return (from, Math.Max(from + 1, Math.Min(mark.To, _right) - _left));
    }
}
