using System.Collections.Immutable;

namespace Mllm.Runtime.Prompting;

/// <summary>Several sequences padded to one length; all arrays are [rows, length], row after row.</summary>
/// <param name="Places">For each row, where its real positions stand.</param>
/// <param name="Valid">Whether a position is real.</param>
/// <param name="Positions">The number of the position among the row's real ones; -1 for padding.</param>
public sealed record BatchLayout(ImmutableArray<RowLayout> Rows, int Length, ImmutableArray<int[]> Places, long[] Ids, long[] Positions, long[] ImageIndex, ImmutableArray<long[]> Slots, bool[] Valid)
{
    public bool HasPadding => Rows.Any(r => r.Length < Length);

    /// <summary>The rows' labels, <see cref="PromptLayout.Unlabelled"/> for padding and rows without labels.</summary>
    public long[] Labels()
    {
        var labels = new long[Rows.Length * Length];
        Array.Fill(labels, PromptLayout.Unlabelled);
        for (var r = 0; r < Rows.Length; r++)
            for (var i = 0; i < (Rows[r].Labels?.Length ?? 0); i++)
                labels[r * Length + Places[r][i]] = Rows[r].Labels![i];
        return labels;
    }

    /// <summary>Where a row's real positions begin.</summary>
    public int StartOf(int row) => Places[row] is [var first, ..] ? first : Length;

    /// <summary>The same with positions that count padding too, as models do that are not told where it is.</summary>
    public BatchLayout WithPaddingCounted() => this with { Positions = [.. Enumerable.Range(0, Positions.Length).Select(i => (long)(i % Length))] };

    /// <summary>Pads rows on one side: on the left for generation (all rows then end together), on the right to compare with references.</summary>
    /// <param name="left">Whether padding stands before the text rather than after it.</param>
    /// <param name="prefix">How many positions of each row stand before padding on the left.</param>
    /// <param name="length">The length to pad to; that of the longest row when it is null.</param>
    public static BatchLayout Pad(ImmutableArray<RowLayout> rows, bool left, int prefix = 0, int? length = null)
    {
        var all = length ?? rows.Max(r => r.Length);
        var count = rows.Length;
        var ids = new long[count * all];
        var positions = new long[count * all];
        var index = new long[count * all];
        var valid = new bool[count * all];
        var slots = rows[0].Slots.Select(_ => new long[count * all]).ToImmutableArray();
        var places = rows.Select(r => Enumerable.Range(0, r.Length).Select(i => left && i >= prefix ? i + all - r.Length : i).ToArray()).ToImmutableArray();
        Array.Fill(positions, -1);
        foreach (var s in slots)
            Array.Fill(s, -1);
        for (var r = 0; r < count; r++)
        {
            for (var i = 0; i < rows[r].Length; i++)
            {
                var place = r * all + places[r][i];
                ids[place] = rows[r].Ids[i];
                positions[place] = i;
                index[place] = rows[r].ImageIndex[i];
                valid[place] = true;
                for (var k = 0; k < slots.Length; k++)
                    slots[k][place] = rows[r].Slots[k][i];
            }
        }
        return new BatchLayout(rows, all, places, ids, positions, index, slots, valid);
    }
}
