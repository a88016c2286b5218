using System.Globalization;
using System.Text;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics;

/// <summary>The form of diagnostics that people read in a terminal.</summary>
public static class Renderer
{
    /// <summary>All findings in order of file, position and code, without exact duplicates, an empty line between them.</summary>
    /// <returns>Lines that end in a line break; the empty string for no findings.</returns>
    public static string Render(IEnumerable<Diagnostic> diagnostics, RenderOptions options) =>
        string.Join('\n', DiagnosticOrder.Sort(diagnostics).Select(d => new Page(d, options).Render()));

    /// <summary>How many errors and warnings there are: <c>2 errors, 1 warning</c>; the empty string for none.</summary>
    public static string Summary(IEnumerable<Diagnostic> diagnostics, RenderOptions options)
    {
        var all = DiagnosticOrder.Sort(diagnostics);
        var palette = new Palette(options.Colour);
        return string.Join(", ", new[]
        {
            Count(all.Count(d => d.Severity == Severity.Error), "error", Style.Error),
            Count(all.Count(d => d.Severity == Severity.Warning), "warning", Style.Warning),
        }.Where(t => t.Length > 0));

        string Count(int count, string word, Style style) => count == 0 ? "" : palette.Paint(style, $"{count} {word}{(count == 1 ? "" : "s")}");
    }

    /// <summary>One finding as it is written out.</summary>
    private sealed class Page
    {
        private readonly Diagnostic _diagnostic;
        private readonly RenderOptions _options;
        private readonly Palette _palette;
        private readonly List<(SourceText Source, LinePosition At, Snippet Snippet)> _snippets;
        private readonly FixPreview? _fix;
        private readonly int _gutter;
        private readonly StringBuilder _text = new();

        public Page(Diagnostic diagnostic, RenderOptions options)
        {
            _diagnostic = diagnostic;
            _options = options;
            _palette = new Palette(options.Colour);
            _snippets = [.. Snippets()];
            _fix = diagnostic.Fix is { Span.Source: not null } fix ? FixPreview.Of(fix) : null;
            var lines = _snippets.SelectMany(s => s.Snippet.Lines).Append(_fix?.LastLine ?? 0);
            _gutter = (lines.Max() + 1).ToString(CultureInfo.InvariantCulture).Length;
        }

        private Style Main => _diagnostic.Severity == Severity.Error ? Style.Error : Style.Warning;

        public string Render()
        {
            var word = _diagnostic.Severity == Severity.Error ? "error" : "warning";
            _text.Append(_palette.Paint(Main, $"{word}[{_diagnostic.Code}]"))
                .Append(_palette.Paint(Style.Strong, $": {DisplayLine.Clean(_diagnostic.Message)}")).Append('\n');
            var arrow = "-->";
            foreach (var (source, at, snippet) in _snippets)
            {
                var place = HasLines(source) ? string.Create(CultureInfo.InvariantCulture, $":{at.Line + 1}:{at.Column + 1}") : "";
                _text.Append(' ', _gutter).Append(_palette.Paint(Style.Frame, arrow)).Append(' ').Append(DisplayLine.Clean(source.Path)).Append(place).Append('\n');
                arrow = ":::";
                if (!HasLines(source))
                    continue;
                Row(null, "");
                snippet.Write(_gutter, Row, Gap);
            }
            WriteNotes();
            return _text.ToString();
        }

        /// <summary>The primary label's file first, then the others in the order of their labels.</summary>
        private IEnumerable<(SourceText, LinePosition, Snippet)> Snippets() =>
            _diagnostic.Secondary.Select(l => (Label: l, IsPrimary: false))
                .Prepend((Label: _diagnostic.Primary, IsPrimary: true))
                .Where(l => l.Label.Span.Source is not null)
                .GroupBy(l => l.Label.Span.Source.Path, StringComparer.Ordinal)
                .Select(file =>
                {
                    var source = file.First().Label.Span.Source;
                    var marks = file.Select(l => MarkedSpan.Of(l.Label, l.IsPrimary)).ToList();
                    return (source, marks[0].From, new Snippet(source, marks, Main, _options));
                });

        private void WriteNotes()
        {
            if ((_diagnostic.Help is not null || _fix is not null) && _snippets.Any(s => HasLines(s.Source)))
                Row(null, "");
            if (_diagnostic.Help is { } help)
                Note("help", help.ReplaceLineEndings("\n").Split('\n'));
            if (_fix is null)
                return;
            var elsewhere = _fix.Source.Path == _diagnostic.Primary.Span.Source?.Path ? "" : $" (in {_fix.Source.Path})";
            Note("fix", [_fix.Title + elsewhere]);
            Row(null, "");
            foreach (var (line, text, marks) in _fix.Rows(Math.Max(20, _options.Width - _gutter - 3), _palette))
            {
                Row(line, text);
                if (marks.Length > 0)
                    Row(null, marks);
            }
        }

        private void Note(string word, string[] lines)
        {
            var margin = new string(' ', _gutter + 1);
            _text.Append(margin).Append(_palette.Paint(Style.Frame, "=")).Append(' ').Append(_palette.Paint(Style.Help, word)).Append(": ");
            _text.AppendJoin($"\n{margin}{new string(' ', word.Length + 4)}", lines.Select(DisplayLine.Clean)).Append('\n');
        }

        /// <summary>A source without text stands for a file without lines, such as a checkpoint, unless there is something to say under its line.</summary>
        private bool HasLines(SourceText source) => source.Text.Length > 0 || _diagnostic.Primary is { Text.Length: > 0, Span.Source: { } s } && s == source;

        private void Gap(string bars) =>
            _text.Append(_palette.Paint(Style.Frame, "...")).Append(bars.Length > 0 ? new string(' ', _gutter) + bars : "").Append('\n');

        private void Row(int? line, string text)
        {
            var number = line is { } l ? (l + 1).ToString(CultureInfo.InvariantCulture) : "";
            _text.Append(_palette.Paint(Style.Frame, $"{number.PadLeft(_gutter)} |"));
            if (text.Length > 0)
                _text.Append(' ').Append(text);
            _text.Append('\n');
        }
    }
}
