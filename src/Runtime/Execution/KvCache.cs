using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>Keys and values of the positions so far, of every cached self-attention. One cache serves one generation.</summary>
public sealed class KvCache : IDisposable
{
    private readonly Dictionary<string, KvSlot> _slots = new(StringComparer.Ordinal);

    /// <summary>Makes an empty cache.</summary>
    /// <param name="capacity">The most positions that it holds.</param>
    /// <param name="reserve">Positions to make room for at once; where more come, the room doubles up to the capacity.</param>
    public KvCache(long capacity, long reserve = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (Capacity, Reserve) = (capacity, Math.Min(reserve, capacity));
    }

    public long Capacity { get; }

    /// <summary>Positions that it holds.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of the buffers.</summary>
    public long Bytes => _slots.Values.Sum(s => s.Bytes);

    internal long Reserve { get; }

    /// <summary>Forgets everything; buffers are kept for the next prompt of as many rows.</summary>
    public void Clear() => Truncate(0);

    /// <summary>Forgets the positions from a given one on.</summary>
    public void Truncate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        foreach (var slot in _slots.Values)
            slot.Truncate(length);
        Length = Math.Min(Length, length);
    }

    /// <summary>Keeps the rows named, in that order: finished sequences leave, others may be doubled.</summary>
    /// <param name="rows">Row numbers, ids[rows].</param>
    public void Select(Tensor rows)
    {
        foreach (var slot in _slots.Values)
            slot.Select(rows);
    }

    public void Dispose()
    {
        foreach (var slot in _slots.Values)
            slot.Dispose();
        _slots.Clear();
        Length = 0;
    }

    /// <summary>The place of one attention. Programs that share parameters name the same attention alike.</summary>
    internal KvSlot Slot(string attention)
    {
        if (!_slots.TryGetValue(attention, out var slot))
            _slots.Add(attention, slot = new KvSlot(this));
        return slot;
    }

    /// <summary>Takes note that a run is over and every attention has its new positions.</summary>
    internal void Commit() => Length = _slots.Values.Select(s => s.Length).DefaultIfEmpty().Max();
}
