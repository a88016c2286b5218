using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>Keys and values of one attention: two buffers [rows, key heads, room, width] filled from the front.</summary>
internal sealed class KvSlot(KvCache cache) : IDisposable
{
    /// <summary>The least room that is made: below it, growing costs more than the memory.</summary>
    private const long LeastRoom = 64;

    private Tensor? _keys, _values;

    public long Length { get; private set; }

    public long Bytes => (_keys?.numel() * _keys?.element_size() ?? 0) + (_values?.numel() * _values?.element_size() ?? 0);

    /// <summary>Adds new positions and gives views of all: [rows, key heads, positions, width].</summary>
    /// <param name="keys">[rows, key heads, new, width]</param>
    /// <param name="values">[rows, key heads, new, value width]</param>
    /// <exception cref="InvalidOperationException">The cache is full, or was filled with another number of rows.</exception>
    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        var added = keys.size(2);
        var length = Length + added;
        if (length > cache.Capacity)
            throw new InvalidOperationException($"the KV cache holds at most {cache.Capacity} positions; {Length} are there and {added} come");
        if (Length > 0 && _keys!.size(0) != keys.size(0))
            throw new InvalidOperationException($"the KV cache holds {_keys.size(0)} rows, found {keys.size(0)}");
        _keys = Extend(_keys, keys, length);
        _values = Extend(_values, values, length);
        Length = length;
        return (_keys.narrow(2, 0, length), _values.narrow(2, 0, length));
    }

    public void Truncate(long length) => Length = Math.Min(Length, length);

    public void Select(Tensor rows)
    {
        (_keys, _values) = (Selected(_keys, rows), Selected(_values, rows));

        static Tensor? Selected(Tensor? buffer, Tensor rows)
        {
            using (buffer)
                return buffer?.index_select(0, rows).DetachFromDisposeScope();
        }
    }

    public void Dispose()
    {
        _keys?.Dispose();
        _values?.Dispose();
        (_keys, _values, Length) = (null, null, 0);
    }

    /// <summary>The buffer with the new positions in it: the same one where they fit, else one with twice the room and the old positions copied.</summary>
    private Tensor Extend(Tensor? buffer, Tensor added, long length)
    {
        if (buffer is null || buffer.size(2) < length || buffer.size(0) != added.size(0))
        {
            var room = Math.Min(cache.Capacity, Math.Max(Math.Max(cache.Reserve, LeastRoom), length == added.size(2) ? length : 2 * length));
            var larger = empty([added.size(0), added.size(1), room, added.size(3)], added.dtype, added.device).DetachFromDisposeScope();
            if (buffer is not null && Length > 0)
            {
                using var old = buffer.narrow(2, 0, Length);
                using var place = larger.narrow(2, 0, Length);
                place.copy_(old);
            }
            buffer?.Dispose();
            buffer = larger;
        }
        using var rest = buffer.narrow(2, Length, added.size(2));
        rest.copy_(added);
        return buffer;
    }
}
