using System.Collections.Immutable;
using Mllm.Runtime.Training.Watching;
using Mllm.Runtime.Training.Watching.Plots;

namespace Mllm.Cli.Comparison;

/// <summary>The training losses of all models over their steps, the mean over the seeds, stages one after another.</summary>
internal static class ComparisonPlot
{
    /// <summary>The file in the comparison's folder.</summary>
    public const string File = "losses.svg";

    public static void Save(ComparisonReport report) => new CurvePlot(
        report.Request.Conditions.Seeds.Length == 1 ? "training loss" : $"training loss, mean of {report.Request.Conditions.Seeds.Length} seeds", "step", "loss",
        [.. report.Models.Select(m => Curve.Smoothed(m.Contestant.Name, Mean(report.Request.Out, m)))]).Save(Path.Combine(report.Request.Out, File));

    private static ImmutableArray<CurvePoint> Mean(string output, ComparedModel model)
    {
        var starts = model.Runs[0].Stages.Select((s, i) => KeyValuePair.Create(s.Name, model.Runs[0].Stages.Take(i).Sum(p => p.Steps))).ToDictionary();
        return [.. model.Runs.SelectMany(r => MetricsFile.Read(Path.Combine(CompareSession.FolderOf(output, model.Contestant.Name, r.Seed), "metrics.jsonl")))
            .GroupBy(l => starts[l.Stage] + l.Step).OrderBy(g => g.Key).Select(g => new CurvePoint(g.Key, g.Average(l => l.Loss)))];
    }
}
