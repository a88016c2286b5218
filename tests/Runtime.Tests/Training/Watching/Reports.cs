using Mllm.Runtime.Training.Watching;

namespace Mllm.Runtime.Tests.Training.Watching;

/// <summary>Steps as a trainer reports them, and folders to write into.</summary>
internal static class Reports
{
    public static string Folder() => Directory.CreateTempSubdirectory("mllm-watch-").FullName;

    public static StepReport Step(string stage, long step, double? loss = null, long steps = 10) => new(
        stage, step, steps, loss ?? 4.0 / step, [new("itc", 0.5 / step), new("lm", 2)], 1e-3 * step, 0.25 * step, 1000 + step, 8, 0.5);

    /// <summary>Tells a watcher of the steps after <paramref name="from"/> up to <paramref name="to"/>.</summary>
    public static void Train(this ITrainingWatcher watcher, string stage, long from, long to, long steps = 10)
    {
        watcher.StageStarted(stage, from, steps);
        for (var step = from + 1; step <= to; step++)
            watcher.Step(Step(stage, step, steps: steps));
        if (to == steps)
            watcher.StageEnded(stage);
    }
}
