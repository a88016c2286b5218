using System.Text;

namespace Mllm.Compiler.Diagnostics;

/// <summary>One source line as a terminal shows it: tabs expanded, wide characters counted, controls made visible.</summary>
internal sealed class DisplayLine
{
    private const int TabStop = 4;

    private readonly int[] _columns;
    private readonly List<Cell> _cells;

    private DisplayLine(int[] columns, List<Cell> cells)
    {
        _columns = columns;
        _cells = cells;
    }

    private readonly record struct Cell(string Text, int Column, int Width);

    /// <summary>The number of columns that the line takes.</summary>
    public int Width => _columns[^1];

    public static DisplayLine Of(string line)
    {
        var columns = new int[line.Length + 1];
        var cells = new List<Cell>(line.Length);
        var column = 0;
        for (var i = 0; i < line.Length;)
        {
            var isRune = Rune.TryGetRuneAt(line, i, out var rune);
            var length = isRune ? rune.Utf16SequenceLength : 1;
            var cell = isRune ? Show(rune, column) : new Cell(CharWidth.Replacement.ToString(), column, 1);
            cells.Add(cell);
            columns.AsSpan(i, length).Fill(column);
            column += cell.Width;
            i += length;
        }
        columns[^1] = column;
        return new DisplayLine(columns, cells);
    }

    /// <summary>Any text made safe to show on one line; line breaks become spaces.</summary>
    public static string Clean(string text) => text.All(c => c is >= ' ' and < '\x7F')
        ? text
        : string.Concat(Of(text.Replace("\r\n", " ").Replace('\n', ' '))._cells.Select(c => c.Text));

    /// <summary>The column, from 0, at which the character at an index in UTF-16 units stands; the line's end counts as one.</summary>
    public int ColumnOf(int index) => _columns[Math.Clamp(index, 0, _columns.Length - 1)];

    /// <summary>The text between two columns; half a wide character is a space.</summary>
    public string Slice(int from, int to)
    {
        var text = new StringBuilder();
        foreach (var cell in _cells.Where(c => c.Column + c.Width > from && c.Column < to || c.Width == 0 && c.Column > from && c.Column <= to))
            text.Append(cell.Column >= from && cell.Column + cell.Width <= to
                ? cell.Text
                : new string(' ', Math.Min(cell.Column + cell.Width, to) - Math.Max(cell.Column, from)));
        return text.ToString();
    }

    private static Cell Show(Rune rune, int column)
    {
        if (rune.Value == '\t')
        {
            var width = TabStop - column % TabStop;
            return new Cell(new string(' ', width), column, width);
        }
        return CharWidth.Of(rune) is { } columns ? new Cell(rune.ToString(), column, columns) : new Cell(CharWidth.Replacement.ToString(), column, 1);
    }
}
