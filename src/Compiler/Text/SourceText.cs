namespace Mllm.Compiler.Text;

/// <summary>One source file: its display path and its text, with a map from offsets to lines.</summary>
public sealed class SourceText
{
    private readonly int[] _lineStarts;

    /// <param name="path">The path as the user should see it, with forward slashes.</param>
    /// <param name="text">The whole text of the file.</param>
    public SourceText(string path, string text)
    {
        Path = path;
        Text = text;
        _lineStarts = FindLineStarts(text);
    }

    public string Path { get; }

    public string Text { get; }

    public int LineCount => _lineStarts.Length;

    /// <summary>The zero-based line and column (in UTF-16 units) of an offset; offsets past the end count as the end.</summary>
    public LinePosition PositionOf(int offset)
    {
        offset = Math.Clamp(offset, 0, Text.Length);
        var line = Array.BinarySearch(_lineStarts, offset);
        line = line >= 0 ? line : ~line - 1;
        return new LinePosition(line, offset - _lineStarts[line]);
    }

    /// <summary>The text of a zero-based line without its line break.</summary>
    public string LineText(int line)
    {
        var start = _lineStarts[line];
        var end = line + 1 < _lineStarts.Length ? _lineStarts[line + 1] : Text.Length;
        return Text[start..end].TrimEnd('\r', '\n');
    }

    public override string ToString() => Path;

    private static int[] FindLineStarts(string text)
    {
        var starts = new List<int> { 0 };
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\n')
                starts.Add(i + 1);
        return [.. starts];
    }
}

/// <summary>A zero-based line and column.</summary>
public readonly record struct LinePosition(int Line, int Column);
