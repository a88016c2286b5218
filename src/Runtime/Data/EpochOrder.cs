using System.Numerics;

namespace Mllm.Runtime.Data;

/// <summary>
/// The order of an epoch: a permutation of 0 to count - 1 that is computed place by place, so that reading can begin anywhere and nothing is stored.
/// It is the swap-or-not shuffle (Hoang, Morris and Rogaway, "An Enciphering Scheme Based on a Card Shuffle", 2012).
/// </summary>
internal sealed class EpochOrder
{
    private readonly int _count;
    private readonly ulong _key;
    private readonly int[] _pivots;

    public EpochOrder(ulong seed, long epoch, int count)
    {
        (Epoch, _count, _key) = (epoch, count, SplitMix64.Join(seed, (ulong)epoch));
        // Six rounds for each bit bring the shuffle close to uniform by the paper's bound; small sets get some more.
        _pivots = new int[24 + 6 * (32 - BitOperations.LeadingZeroCount((uint)count))];
        for (var round = 0; round < _pivots.Length; round++)
            _pivots[round] = (int)Math.BigMul(SplitMix64.Join(_key, (ulong)round), (ulong)count, out _);
    }

    public long Epoch { get; }

    /// <summary>The record that stands at a place of the epoch.</summary>
    public int this[int place]
    {
        get
        {
            var x = place;
            for (var round = 0; round < _pivots.Length; round++)
            {
                var partner = _pivots[round] - x;
                partner = partner < 0 ? partner + _count : partner;
                // Both partners ask the same coin, or the round would be no permutation.
                if ((SplitMix64.Mix(_key + (ulong)Math.Max(x, partner) * 0x100 + (ulong)round) & 1) != 0)
                    x = partner;
            }

            return x;
        }
    }
}
