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
    public int Ending(IReadOnlyList<long> row) => Longest(row, whole: true);

    /// <summary>How many tokens at the end of a row may become a stop.</summary>
    public int Open(IReadOnlyList<long> row) => Longest(row, whole: false);

    private int Longest(IReadOnlyList<long> row, bool whole)
    {
        var longest = 0;
        foreach (var stop in _sequences)
            for (var length = whole ? stop.Length : Math.Min(stop.Length - 1, row.Count); length > longest; length--)
            {
                if (EndsWith(row, stop, length))
                    longest = length;
                else if (whole)
                    break;
            }
        return longest;
    }

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
