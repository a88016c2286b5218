using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Prompting;

/// <summary>The tokens of one text for each row, padded at the end.</summary>
/// <param name="Ids">ids[rows, tokens]</param>
/// <param name="Mask">mask[rows, tokens], true for real tokens; null when all are.</param>
public sealed record TextRows(Tensor Ids, Tensor? Mask) : IDisposable
{
    private const long PaddingId = 0;

    /// <summary>Pads rows to the longest.</summary>
    public static TextRows Of(IReadOnlyList<long[]> rows, Device device)
    {
        var length = rows.Max(r => r.Length);
        var ids = rows.SelectMany(r => r.Concat(Enumerable.Repeat(PaddingId, length - r.Length))).ToArray();
        var isPadded = rows.Any(r => r.Length < length);
        var mask = rows.SelectMany(r => Enumerable.Range(0, length).Select(i => i < r.Length)).ToArray();
        return new TextRows(tensor(ids, [rows.Count, length], device: device), isPadded ? tensor(mask, [rows.Count, length], device: device) : null);
    }

    /// <summary>Each row as often as it has pictures.</summary>
    public TextRows Repeat(IReadOnlyList<int> times)
    {
        if (times.All(t => t == 1))
            return new TextRows(Ids.alias(), Mask?.alias());
        using var index = tensor(times.SelectMany((t, row) => Enumerable.Repeat((long)row, t)).ToArray(), device: Ids.device);
        return new TextRows(Ids.index_select(0, index), Mask?.index_select(0, index));
    }

    public void Dispose()
    {
        Ids.Dispose();
        Mask?.Dispose();
    }
}
