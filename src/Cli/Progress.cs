using System.Diagnostics;
using System.Globalization;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli;

/// <summary>One line on standard error about work that takes longer than two seconds, only where a person watches; it leaves nothing behind.</summary>
internal sealed class Progress : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(125);

    private readonly Terminal _terminal;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Timer? _timer;
    private readonly Lock _lock = new();
    private string _what;
    private double? _done;
    private bool _isShown;
    private bool _isOver;

    /// <param name="what">The work, as "loading weights".</param>
    public Progress(Terminal terminal, string what)
    {
        _terminal = terminal;
        _what = what;
        if (terminal.IsWatched)
            _timer = new Timer(_ => Draw(), null, Patience, Interval);
    }

    /// <summary>Another piece of work begins.</summary>
    public void Next(string what)
    {
        lock (_lock)
            (_what, _done) = (what, null);
    }

    /// <summary>How much of it is done, from 0 to 1.</summary>
    public void Report(double done)
    {
        lock (_lock)
            _done = Math.Clamp(done, 0, 1);
    }

    /// <summary>Writes something else, with the line out of its way.</summary>
    public void Aside(Action write)
    {
        lock (_lock)
        {
            if (_isShown && !_isOver)
                _terminal.Error.Write("\r\e[K");
            write();
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            _isOver = true;
            if (_isShown)
                _terminal.Error.Write("\r\e[K");
        }
    }

    private void Draw()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            _isShown = true;
            var share = _done is { } done ? string.Create(CultureInfo.InvariantCulture, $" {done:0%}") : "";
            var line = string.Create(CultureInfo.InvariantCulture, $"{_what}{share}, {_clock.Elapsed.TotalSeconds:0} s");
            line = line[..Math.Min(line.Length, _terminal.ErrorStyle.Width - 1)];
            _terminal.Error.Write($"\r\e[K{new Palette(_terminal.ErrorStyle.Colour).Paint(Style.Frame, line)}");
        }
    }
}
