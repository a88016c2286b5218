using System.Collections.Immutable;

namespace Mllm.Runtime.Generation;

/// <summary>Runs of tokens that end a row. A text that ends an answer may be several tokens, and other ones after a word than at a beginning.</summary>
public sealed class StopSequences
{
    public static readonly StopSequences None = new([]);

    private readonly ImmutableArray<ImmutableArray<long>> _sequences;

    /// <param name="sequences">At least one token each.</param>
    public StopSequences(IEnumerable<IEnumerable<long>> sequences) => _sequences = [.. sequences.Select(s => s.ToImmutableArray()).Where(s => !s.IsEmpty)];

    /// <summary>How many tokens at the end of a row are a stop; 0 where it goes on.</summary>
    public int Ending(IReadOnlyList<long> row) => _sequences.Where(s => EndsWith(row, s, s.Length)).Select(s => s.Length).DefaultIfEmpty().Max();

    /// <summary>How many tokens at the end of a row may become a stop.</summary>
    public int Open(IReadOnlyList<long> row) => _sequences.SelectMany(s => Enumerable.Range(1, s.Length - 1).Where(n => EndsWith(row, s, n))).DefaultIfEmpty().Max();

    private static bool EndsWith(IReadOnlyList<long> row, ImmutableArray<long> stop, int length)
    {
        if (length > row.Count)
            return false;
        for (var i = 0; i < length; i++)
            if (row[row.Count - length + i] != stop[i])
                return false;
        return true;
    }
}
