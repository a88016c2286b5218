using Mllm.Compiler.Diagnostics;
using Mllm.Runtime.Training.Watching;
using Mllm.Runtime.Training.Watching.Plots;

namespace Mllm.Cli;

/// <summary>
/// Training as one line on standard error that is drawn anew where a person watches; elsewhere a line every half minute, at each checkpoint and at a stage's end.
/// </summary>
/// <param name="time">The clock; the system's by default.</param>
internal sealed class TrainingBar(Terminal terminal, TimeProvider? time = null) : ITrainingWatcher
{
    /// <summary>How many steps the smoothed loss and the rates look back, about.</summary>
    private const double Window = 20;

    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Palette _palette = new(terminal.ErrorStyle.Colour);
    private Averages _averages = new();
    private TrainingBarText? _text;
    private long _last;
    private bool _isOpen;

    public void StageStarted(string stage, long step, long steps)
    {
        CloseLine();
        _averages = new Averages();
        _text = new TrainingBarText(stage, step, steps, double.NaN, 0, 0, 0);
        Show();
    }

    public void Step(StepReport report)
    {
        _averages.Add(report);
        _text = _averages.Text(report);
        if (_time.GetElapsedTime(_last) >= (terminal.IsWatched ? Redraw : LogInterval))
            Show();
    }

    public void Saved(string stage, long step, string path)
    {
        CloseLine();
        Say($"{stage}: step {step} saved");
        if (terminal.IsWatched)
            Show();
    }

    public void StageEnded(string stage)
    {
        Show();
        CloseLine();
        _text = null;
    }

    /// <summary>Leaves the last state of an interrupted stage as a whole line.</summary>
    public void Dispose()
    {
        if (_isOpen)
            Show();
        CloseLine();
    }

    private void Show()
    {
        if (_text is null)
            return;
        _last = _time.GetTimestamp();
        if (terminal.IsWatched)
        {
            // One column less than there are: a full line would wrap in some terminals.
            terminal.Error.Write($"\r\e[K{_palette.Paint(Style.Frame, _text.Fit(terminal.ErrorStyle.Width - 1))}");
            _isOpen = true;
        }
        else
        {
            Say(_text.Plain());
        }
    }

    private void Say(string line)
    {
        terminal.Error.WriteLine(line);
        terminal.Error.Flush();
    }

    private void CloseLine()
    {
        if (_isOpen)
            terminal.Error.WriteLine();
        _isOpen = false;
    }

    /// <summary>What the last steps gave, each rate as a quotient of averages: a slow step counts by its time.</summary>
    private sealed class Averages
    {
        private readonly Smoothing _loss = new(Window);
        private readonly Smoothing _seconds = new(Window);
        private readonly Smoothing _tokens = new(Window);
        private readonly Smoothing _images = new(Window);

        public void Add(StepReport report)
        {
            _loss.Add(report.Loss);
            _seconds.Add(report.Seconds);
            _tokens.Add(report.Tokens);
            _images.Add(report.Images);
        }

        public TrainingBarText Text(StepReport report) => new(
            report.Stage, report.Step, report.Steps, _loss.Value,
            PerSecond(_tokens.Value), PerSecond(_images.Value), PerSecond(1));

        private double PerSecond(double value) => _seconds.Value > 0 ? value / _seconds.Value : 0;
    }
}
