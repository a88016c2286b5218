using System.Text;

namespace Mllm.Compiler.Diagnostics;

/// <summary>One row of marks under a source line, composed by column.</summary>
internal sealed class StyledRow
{
    private readonly List<(char Char, Style Style)> _cells = [];
    private string _tail = "";
    private Style _tailStyle;

    public void Put(int column, char mark, Style style)
    {
        while (_cells.Count <= column)
            _cells.Add((' ', Style.None));
        _cells[column] = (mark, style);
    }

    public void Fill(int from, int to, char mark, Style style)
    {
        for (var column = from; column < to; column++)
            Put(column, mark, style);
    }

    /// <summary>Text at a column behind everything else in the row.</summary>
    public void End(int column, string text, Style style)
    {
        while (_cells.Count < column)
            _cells.Add((' ', Style.None));
        (_tail, _tailStyle) = (text, style);
    }

    public string Render(Palette palette)
    {
        var text = new StringBuilder();
        for (var i = 0; i < _cells.Count;)
        {
            var end = i + 1;
            while (end < _cells.Count && _cells[end].Style == _cells[i].Style)
                end++;
            text.Append(palette.Paint(_cells[i].Style, string.Concat(_cells[i..end].Select(c => c.Char))));
            i = end;
        }
        return text.Append(palette.Paint(_tailStyle, _tail)).ToString().TrimEnd();
    }
}
