namespace Mllm.Runtime.Training.Watching;

/// <summary>Someone who is told how training goes and cannot change it.</summary>
public interface ITrainingWatcher : IDisposable
{
    /// <summary>A stage begins, or goes on after <paramref name="step"/> steps taken in an earlier process; it has <paramref name="steps"/> in all.</summary>
    void StageStarted(string stage, long step, long steps);

    /// <summary>A step was taken.</summary>
    void Step(StepReport report);

    /// <summary>The state after <paramref name="step"/> steps lies safely under <paramref name="path"/>.</summary>
    void Saved(string stage, long step, string path);

    /// <summary>All steps of the stage were taken.</summary>
    void StageEnded(string stage);
}
