namespace Mllm.Runtime.Weights;

/// <summary>Proves that a file's tensors lie in it, side by side, and fill it.</summary>
internal static class TensorLayout
{
    private const int MostErrors = 20;

    /// <summary>Every way in which <paramref name="entries"/> fail to partition the file's data, up to a limit.</summary>
    public static IEnumerable<WeightsError> Check(
        IEnumerable<TensorEntry> entries, string file, long dataStart, long fileLength) =>
        CheckAll(entries, file, dataStart, fileLength).Take(MostErrors);

    private static IEnumerable<WeightsError> CheckAll(
        IEnumerable<TensorEntry> entries, string file, long dataStart, long fileLength)
    {
        var end = dataStart;
        TensorEntry? last = null;
        foreach (var entry in entries.OrderBy(e => e.Offset).ThenBy(e => e.Length))
        {
            if (entry.Offset + entry.Length > fileLength)
            {
                yield return SafetensorsErrors.OutsideFile(file, entry, dataStart, fileLength);
                yield break; // what follows lies outside too, and says nothing new
            }
            if (entry.Offset < end) yield return SafetensorsErrors.Overlap(file, entry, last!);
            if (entry.Offset > end) yield return SafetensorsErrors.Hole(file, entry, end);
            if (entry.Offset + entry.Length >= end) (end, last) = (entry.Offset + entry.Length, entry);
        }
        if (end < fileLength) yield return SafetensorsErrors.TrailingData(file, end, fileLength);
    }
}
