using System.Collections.Immutable;
using Mllm.Runtime.Training.Watching.Plots;

namespace Mllm.Runtime.Training.Watching;

/// <summary>
/// loss.svg: the loss of every stage, one colour a stage, smoothed over the raw values. It is drawn from metrics.jsonl at each checkpoint and at the end, so that a
/// resumed run shows all of its steps; in a <see cref="WatcherGroup"/> it belongs behind the <see cref="MetricsFile"/>.
/// </summary>
/// <param name="title">What stands over the plot, such as the model and its variant.</param>
public sealed class LossPlot(string path, string metrics, string title) : ITrainingWatcher
{
    private bool _isStale;

    /// <summary>The plot of these lines: stages side by side, each beginning where the last one ended.</summary>
    public static CurvePlot Of(string title, ImmutableArray<MetricsLine> lines)
    {
        var curves = ImmutableArray.CreateBuilder<Curve>();
        var marks = ImmutableArray.CreateBuilder<PlotMark>();
        var before = 0L;
        foreach (var stage in lines.GroupBy(l => l.Stage))
        {
            if (before > 0)
                marks.Add(new PlotMark(before, stage.Key));
            var start = before;
            curves.Add(Curve.Smoothed(stage.Key, [.. stage.Select(l => new CurvePoint(start + l.Step, l.Loss))]));
            before += stage.Max(l => l.Step);
        }
        return new CurvePlot(title, "step", "loss", curves.ToImmutable()) { Marks = marks.ToImmutable() };
    }

    public void StageStarted(string stage, long step, long steps)
    {
    }

    public void Step(StepReport report) => _isStale = true;

    public void Saved(string stage, long step, string path) => Draw();

    public void StageEnded(string stage) => Draw();

    public void Dispose() => Draw();

    private void Draw()
    {
        if (!_isStale)
            return;
        _isStale = false;
        Of(title, MetricsFile.Read(metrics)).Save(path);
    }
}
