namespace Mllm.Runtime.Training.Watching;

/// <summary>Keeps run.json true while a run goes on: it is written when a stage begins, at each checkpoint and at the end, always whole.</summary>
/// <param name="path">The file.</param>
/// <param name="manifest">The run as it starts, or <see cref="RunManifest.Continuing"/> an earlier process's.</param>
public sealed class RunManifestFile(string path, RunManifest manifest) : ITrainingWatcher
{
    /// <summary>The run as far as it is known.</summary>
    public RunManifest Manifest { get; private set; } = manifest;

    public void StageStarted(string stage, long step, long steps)
    {
        // What an earlier process saw of steps that no checkpoint holds is taken back; a loss at another step than this one with it.
        var loss = Manifest.Stages.FirstOrDefault(s => s.Name == stage) is { } known && known.Taken == step ? known.FinalLoss : null;
        Write(Manifest.After(stage, step, loss) with { Ended = null });
    }

    public void Step(StepReport report) => Manifest = Manifest.After(report.Stage, report.Step, report.Loss);

    public void Saved(string stage, long step, string path) => Write(Manifest);

    public void StageEnded(string stage)
    {
        var isOver = Manifest.Stages.All(s => s.Taken >= s.Steps);
        Write(isOver ? Manifest with { Ended = DateTimeOffset.UtcNow } : Manifest);
    }

    /// <summary>Nothing is left to write: what no checkpoint holds is not part of the run.</summary>
    public void Dispose()
    {
    }

    private void Write(RunManifest manifest)
    {
        Manifest = manifest;
        manifest.Write(path);
    }
}
