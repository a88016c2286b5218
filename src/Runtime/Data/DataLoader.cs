using System.Collections.Immutable;
using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>
/// An endless stream of samples over epochs. Position p is record order(seed, epoch)[p % count] of epoch p / count: the same position always gives the same
/// sample with the same pixels, whatever was read before and however many threads work.
/// </summary>
public sealed class DataLoader : IDisposable
{
    private readonly IDataSet _data;
    private readonly LoaderOptions _options;
    private readonly Action<string> _warn;
    private readonly Func<int, bool>? _needsPixels;
    private readonly SamplePixels _pixels;
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private readonly HashSet<OrderedWork<Loaded>> _open = [];
    private EpochOrder? _order;
    private bool _disposed;

    /// <param name="data">The records.</param>
    /// <param name="encoders">What each encoder wants of a picture, by the encoder's name.</param>
    /// <param name="options">Order, threads, augmentation.</param>
    /// <param name="warn">Told once of each broken record that is skipped, on the reading thread.</param>
    /// <param name="needsPixels">Whether a record's pixels are wanted, by its number, asked on the reading thread when the record's preparation begins; null: always.</param>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public DataLoader(IDataSet data, IReadOnlyDictionary<string, ImageSpec> encoders, LoaderOptions options, Action<string> warn, Func<int, bool>? needsPixels = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Workers, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Ahead, 1, nameof(options));
        if (options.Augment?.Problem is { } problem)
            throw new ArgumentException(problem, nameof(options));
        (_data, _options, _warn, _needsPixels) = (data, options, warn, needsPixels);
        _pixels = new SamplePixels(encoders, options);
    }

    /// <summary>
    /// The samples from a position on, in order. The stream is read by one thread; ending it early (leaving the loop) stops its threads.
    /// </summary>
    /// <param name="position">The first position, from 0.</param>
    /// <param name="count">How many positions: those of broken records count, though they give no sample. Null: no end.</param>
    /// <param name="cancellation">Ends the wait for the next sample.</param>
    /// <exception cref="DataException">While reading: a record is broken and none may be, or all of an epoch are.</exception>
    /// <exception cref="OperationCanceledException">While reading: it was cancelled.</exception>
    public IEnumerable<LoadedSample> From(long position, long? count = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfNegative(count ?? 0, nameof(count));
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Read(position, count, cancellation);
    }

    /// <summary>The record at a position, without reading it.</summary>
    public (int Epoch, int Index) At(long position)
    {
        var (epoch, place) = Math.DivRem(position, _data.Count);
        if (!_options.Shuffle)
            return ((int)epoch, (int)place);
        var order = _order is { } known && known.Epoch == epoch ? known : _order = new EpochOrder(_options.Seed, epoch, _data.Count);
        return ((int)epoch, order[(int)place]);
    }

    /// <summary>Stops the threads of all streams that are still open.</summary>
    public void Dispose()
    {
        _disposed = true;
        OrderedWork<Loaded>[] open;
        lock (_open)
            open = [.. _open];
        foreach (var work in open)
            work.Dispose();
    }

    private IEnumerable<LoadedSample> Read(long position, long? count, CancellationToken cancellation)
    {
        var end = count is { } length ? checked(position + length) : long.MaxValue;
        using var work = new OrderedWork<Loaded>(_options.Workers, cancellation);
        lock (_open)
            _open.Add(work);
        try
        {
            var (next, broken) = (position, 0L);
            for (; position < end; position++)
            {
                for (; next < end && work.Count < _options.Ahead; next++)
                    Begin(work, next);
                var loaded = work.Take();
                broken = loaded.Problem is null ? 0 : broken + 1;
                if (loaded.Sample is { } sample)
                    yield return sample;
                else
                    Skip(loaded.Problem!, wholeEpoch: broken >= _data.Count && (position + 1) % _data.Count == 0);
            }
        }
        finally
        {
            lock (_open)
                _open.Remove(work);
        }
    }

    private void Begin(OrderedWork<Loaded> work, long position)
    {
        var (epoch, index) = At(position);
        var pixels = _needsPixels?.Invoke(index) ?? true;
        work.Give(() => Load(position, epoch, index, pixels));
    }

    private Loaded Load(long position, int epoch, int index, bool pixels)
    {
        try
        {
            var sample = _data.Read(index);
            var made = pixels ? _pixels.Of(sample, epoch, index) : ImmutableSortedDictionary<string, ImmutableArray<float[]>>.Empty;
            return new Loaded(new LoadedSample(position, epoch, index, sample, made), null);
        }
        catch (DataException problem)
        {
            return new Loaded(null, problem);
        }
    }

    private void Skip(DataException problem, bool wholeEpoch)
    {
        if (!_options.SkipBroken)
            throw problem;
        if (_warned.Add(problem.Message))
            _warn($"skipped: {problem.Message}");
        if (wholeEpoch)
            throw new DataException($"all {_data.Count} records of {_data.Describe} are broken; the last: {problem.Message}");
    }

    /// <summary>A sample, or why there is none.</summary>
    private sealed record Loaded(LoadedSample? Sample, DataException? Problem);
}
