using System.Text;
using System.Text.RegularExpressions;

namespace Mllm.Compiler.Diagnostics;

/// <summary>Lays Markdown out for a terminal: headings, paragraphs, lists and fenced blocks; other lines stay as they are.</summary>
internal static class PageText
{
    private const int MostColumns = 100;
    private const string CodeMargin = "    ";

    public static string Render(string markdown, RenderOptions options)
    {
        var palette = new Palette(options.Colour);
        var text = new StringBuilder();
        var paragraph = new List<string>();
        var isCode = false;
        foreach (var line in markdown.TrimEnd().Split('\n'))
        {
            var isFence = line.StartsWith("```", StringComparison.Ordinal);
            if (isFence || isCode || line.Length == 0 || line[0] == '#' || line[0] == '|')
                Flush();
            if (isFence)
                isCode = !isCode;
            else if (isCode)
                text.Append((CodeMargin + line).TrimEnd()).Append('\n');
            else if (line.StartsWith('#'))
                text.Append(palette.Paint(Style.Strong, line.TrimStart('#', ' '))).Append('\n');
            else if (line.Length == 0 || line[0] == '|')
                text.Append(line).Append('\n');
            else
            {
                if (Regex.IsMatch(line, @"^\s*([-*]|\d+\.) "))
                    Flush();
                paragraph.Add(line);
            }
        }
        Flush();
        return text.ToString();

        void Flush()
        {
            if (paragraph.Count > 0)
                text.Append(Paint(Wrap(string.Join(' ', paragraph.Select(l => l.Trim())), Math.Min(options.Width, MostColumns)), palette)).Append('\n');
            paragraph.Clear();
        }
    }

    /// <summary>Breaks text at spaces; the further lines of a list's item stand under its first word.</summary>
    public static string Wrap(string text, int width)
    {
        var indent = new string(' ', Regex.Match(text, @"^([-*]|\d+\.) ").Length);
        var result = new StringBuilder();
        var column = 0;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > width)
            {
                result.Append('\n').Append(indent);
                column = indent.Length;
            }
            else if (column > 0)
            {
                result.Append(' ');
                column++;
            }
            result.Append(word);
            column += word.Length;
        }
        return result.ToString();
    }

    /// <summary>Shows inline code and strong text by colour; without colour the marks stay, as the only sign.</summary>
    private static string Paint(string text, Palette palette)
    {
        if (!palette.Colour)
            return text;
        text = Regex.Replace(text, "`([^`]+)`", m => palette.Paint(Style.Code, m.Groups[1].Value));
        return Regex.Replace(text, @"\*\*([^*]+)\*\*", m => palette.Paint(Style.Strong, m.Groups[1].Value));
    }
}
