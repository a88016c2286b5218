using System.Collections.Concurrent;

namespace Mllm.Runtime.Data;

/// <summary>
/// Work done side by side on threads of its own and handed out in the order in which it was given. Without threads it is done on the thread that takes it.
/// </summary>
internal sealed class OrderedWork<T> : IDisposable
{
    private readonly BlockingCollection<Task<T>> _waiting = [];
    private readonly Queue<Task<T>> _given = new();
    private readonly Thread[] _threads;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _stopped;

    /// <param name="threads">How many threads work; 0 leaves it to the one that takes.</param>
    /// <param name="cancellation">Stops work and waiting, as disposing does.</param>
    public OrderedWork(int threads, CancellationToken cancellation)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _stopped = _stop.Token;
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Work) { IsBackground = true, Name = $"data {i}" })];
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>How much was given and not taken.</summary>
    public int Count => _given.Count;

    /// <exception cref="OperationCanceledException">It was cancelled or disposed.</exception>
    public void Give(Func<T> work)
    {
        var task = new Task<T>(work);
        lock (_waiting)
        {
            _stopped.ThrowIfCancellationRequested();
            _given.Enqueue(task);
            if (_threads.Length > 0)
                _waiting.Add(task, CancellationToken.None);
        }
    }

    /// <summary>The result of what was given first; what it threw is thrown here.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled or disposed.</exception>
    public T Take()
    {
        _stopped.ThrowIfCancellationRequested();
        var task = _given.Dequeue();
        if (_threads.Length == 0)
            task.RunSynchronously();
        else
            Await(task, _stopped);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Lets every thread finish what it has begun, and waits for that.</summary>
    public void Dispose()
    {
        lock (_waiting)
        {
            if (_waiting.IsAddingCompleted)
                return;
            _waiting.CompleteAdding();
            _stop.Cancel();
        }

        foreach (var thread in _threads)
            thread.Join();
        _stop.Dispose();
    }

    private static void Await(Task task, CancellationToken token)
    {
        try
        {
            task.Wait(token);
        }
        catch (AggregateException)
        {
            // The caller asks for the result next, which throws the exception itself.
        }
    }

    private void Work()
    {
        foreach (var task in _waiting.GetConsumingEnumerable())
        {
            if (_stopped.IsCancellationRequested)
                return;
            task.RunSynchronously();
        }
    }
}
