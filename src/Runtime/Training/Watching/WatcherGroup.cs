using System.Collections.Immutable;

namespace Mllm.Runtime.Training.Watching;

/// <summary>Several watchers as one. One that fails, on a full disk for instance, is reported once and told nothing more; training goes on.</summary>
/// <param name="watchers">Who is told, in this order.</param>
/// <param name="warn">Receives one sentence for each watcher that failed.</param>
public sealed class WatcherGroup(ImmutableArray<ITrainingWatcher> watchers, Action<string> warn) : ITrainingWatcher
{
    private readonly HashSet<ITrainingWatcher> _failed = new(ReferenceEqualityComparer.Instance);

    public void StageStarted(string stage, long step, long steps) => Tell(w => w.StageStarted(stage, step, steps));

    public void Step(StepReport report) => Tell(w => w.Step(report));

    public void Saved(string stage, long step, string path) => Tell(w => w.Saved(stage, step, path));

    public void StageEnded(string stage) => Tell(w => w.StageEnded(stage));

    /// <summary>Closes all of them, those that failed too.</summary>
    public void Dispose()
    {
        foreach (var watcher in watchers)
            Tell(watcher, w => w.Dispose());
    }

    private void Tell(Action<ITrainingWatcher> what)
    {
        foreach (var watcher in watchers.Where(w => !_failed.Contains(w)))
            Tell(watcher, what);
    }

    private void Tell(ITrainingWatcher watcher, Action<ITrainingWatcher> what)
    {
        try
        {
            what(watcher);
        }
        // Hours of training are worth more than any curve of them, whatever went wrong in drawing it.
        catch (Exception error)
        {
            if (_failed.Add(watcher))
                warn($"{watcher.GetType().Name} stopped, training goes on: {error.Message}");
        }
    }
}
