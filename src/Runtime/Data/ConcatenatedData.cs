namespace Mllm.Runtime.Data;

/// <summary>Several data sets one after the other.</summary>
internal sealed class ConcatenatedData : IDataSet
{
    private readonly IDataSet[] _parts;

    /// <summary>The number of records up to the end of each part.</summary>
    private readonly int[] _ends;

    public ConcatenatedData(IDataSet[] parts)
    {
        _parts = parts;
        _ends = new int[parts.Length];
        long end = 0;
        for (var i = 0; i < parts.Length; i++)
            _ends[i] = (end += parts[i].Count) <= int.MaxValue ? (int)end : throw new DataException($"more than {int.MaxValue} records");
    }

    public int Count => _ends[^1];

    public string Describe => string.Join(", ", _parts.Select(p => p.Describe));

    public Sample Read(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var part = Array.BinarySearch(_ends, index + 1);
        part = part < 0 ? ~part : part;
        return _parts[part].Read(index - (part == 0 ? 0 : _ends[part - 1]));
    }
}
