using System.Collections.Immutable;

namespace Mllm.Runtime.Prompting;

/// <summary>Several sequences padded to one length; all arrays are [rows, length], row after row.</summary>
/// <param name="Valid">Whether a position is real.</param>
/// <param name="Positions">The number of the position among the row's real ones; -1 for padding.</param>
public sealed record BatchLayout(ImmutableArray<RowLayout> Rows, int Length, bool PadLeft, long[] Ids, long[] Positions, long[] ImageIndex, ImmutableArray<long[]> Slots, bool[] Valid)
{
    public bool HasPadding => Rows.Any(r => r.Length < Length);

    /// <summary>Where a row's real positions begin.</summary>
    public int StartOf(int row) => PadLeft ? Length - Rows[row].Length : 0;

    /// <summary>Pads rows on one side: on the left for generation (all rows then end together), on the right to compare with references.</summary>
    public static BatchLayout Pad(ImmutableArray<RowLayout> rows, bool left)
    {
        var length = rows.Max(r => r.Length);
        var count = rows.Length;
        var injections = rows[0].Slots.Length;
        var ids = new long[count * length];
        var positions = new long[count * length];
        var index = new long[count * length];
        var valid = new bool[count * length];
        var slots = Enumerable.Range(0, injections).Select(_ => new long[count * length]).ToImmutableArray();
        Array.Fill(positions, -1);
        foreach (var s in slots)
            Array.Fill(s, -1);
        for (var r = 0; r < count; r++)
        {
            var start = r * length + (left ? length - rows[r].Length : 0);
            for (var i = 0; i < rows[r].Length; i++)
            {
                ids[start + i] = rows[r].Ids[i];
                positions[start + i] = i;
                index[start + i] = rows[r].ImageIndex[i];
                valid[start + i] = true;
                for (var k = 0; k < injections; k++)
                    slots[k][start + i] = rows[r].Slots[k][i];
            }
        }
        return new BatchLayout(rows, length, left, ids, positions, index, slots, valid);
    }
}
