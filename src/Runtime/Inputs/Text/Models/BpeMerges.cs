namespace Mllm.Runtime.Inputs;

/// <summary>Which pairs of tokens merge into which token, and which of them first.</summary>
internal sealed class BpeMerges
{
    private readonly Dictionary<ulong, (int Rank, int Merged)> _merges;

    public BpeMerges(int capacity) => _merges = new(capacity);

    /// <summary>Lets <paramref name="left"/> and <paramref name="right"/> merge; lower ranks first, a later call for the same pair counts.</summary>
    public void Add(int left, int right, int rank, int merged) => _merges[Pair(left, right)] = (rank, merged);

    /// <summary>
    /// Merges until no pair is left, always the lowest rank and of equal ranks the leftmost, and appends what
    /// remains to <paramref name="ids"/>. Symbols form a linked list and candidate pairs wait in a heap, so the
    /// time is n log n in the number of symbols.
    /// </summary>
    public void Merge(List<int> symbols, List<int> ids)
    {
        int[] id = [.. symbols], previous = new int[id.Length], next = new int[id.Length];
        var candidates = new PriorityQueue<int, ulong>();
        for (int i = 0; i < id.Length; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1 < id.Length ? i + 1 : -1);
            Propose(i);
        }

        const int gone = -1;
        while (candidates.TryDequeue(out int merged, out ulong priority))
        {
            int left = (int)(uint)priority, right = id[left] == gone ? -1 : next[left];

            // The pair may have changed since it was proposed.
            if (right < 0 || !_merges.TryGetValue(Pair(id[left], id[right]), out (int Rank, int Merged) merge) || merge.Merged != merged)
            {
                continue;
            }

            (id[left], id[right]) = (merged, gone);
            next[left] = next[right];
            if (next[left] >= 0)
            {
                previous[next[left]] = left;
            }

            if (previous[left] >= 0)
            {
                Propose(previous[left]);
            }

            Propose(left);
        }

        for (int i = id.Length == 0 ? -1 : 0; i >= 0; i = next[i])
        {
            ids.Add(id[i]);
        }

        void Propose(int left)
        {
            if (next[left] >= 0 && _merges.TryGetValue(Pair(id[left], id[next[left]]), out (int Rank, int Merged) merge))
            {
                candidates.Enqueue(merge.Merged, ((ulong)(uint)merge.Rank << 32) | (uint)left);
            }
        }
    }

    /// <summary>
    /// The key of a pair. Ids fit into 24 bits; with 32 the halves that a ulong's hash adds by exclusive or would
    /// be the two ids, and all pairs of one token with itself would share a bucket.
    /// </summary>
    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 24) | (uint)right;
}
