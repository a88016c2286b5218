using System.Runtime.InteropServices;

namespace Mllm.Runtime.Inputs;

/// <summary>Two neighbouring tokens, by id.</summary>
public readonly record struct TokenPair(int Left, int Right);

/// <summary>A word as the tokens it now consists of, and how often it occurs.</summary>
internal sealed record CountedWord(List<int> Tokens, long Count);

/// <summary>
/// How often each pair of neighbours occurs in a list of words, kept up while pairs merge. Counts wait in a heap; an
/// entry whose count has changed since is passed over, so that a merge costs no more than the words it changes.
/// </summary>
internal sealed class PairCounts
{
    private readonly List<CountedWord> _words;
    private readonly Dictionary<TokenPair, long> _counts = [];
    private readonly Dictionary<TokenPair, HashSet<int>> _places = [];
    private readonly PriorityQueue<TokenPair, (long Count, TokenPair Pair)> _heap;

    /// <param name="words">Changed by <see cref="Merge"/>.</param>
    /// <param name="tokens">The spelling of each id, which decides between equal counts; may grow.</param>
    public PairCounts(List<CountedWord> words, IReadOnlyList<string> tokens)
    {
        _words = words;
        _heap = new(Comparer<(long Count, TokenPair Pair)>.Create((a, b) =>
            b.Count.CompareTo(a.Count) is not 0 and var byCount ? byCount
            : string.CompareOrdinal(tokens[a.Pair.Left], tokens[b.Pair.Left]) is not 0 and var byLeft ? byLeft
            : string.CompareOrdinal(tokens[a.Pair.Right], tokens[b.Pair.Right])));
        for (int word = 0; word < words.Count; word++)
        {
            Count(word, +1);
        }

        foreach ((TokenPair pair, long count) in _counts)
        {
            _heap.Enqueue(pair, (count, pair));
        }
    }

    /// <summary>The pair that occurs most often, or null where none occurs twice.</summary>
    public TokenPair? TakeMostFrequent()
    {
        while (_heap.TryDequeue(out TokenPair pair, out (long Count, TokenPair) priority))
        {
            if (_counts.GetValueOrDefault(pair) == priority.Count)
            {
                return priority.Count > 1 ? pair : null;
            }
        }

        return null;
    }

    /// <summary>Puts <paramref name="merged"/> in place of every <paramref name="pair"/>, from the left.</summary>
    public void Merge(TokenPair pair, int merged)
    {
        var changed = new HashSet<TokenPair>();
        foreach (int word in _places[pair].ToList())
        {
            Count(word, -1, changed);
            List<int> tokens = _words[word].Tokens;
            int to = 0;
            for (int from = 0; from < tokens.Count; from++)
            {
                bool found = from + 1 < tokens.Count && new TokenPair(tokens[from], tokens[from + 1]) == pair;
                tokens[to++] = found ? merged : tokens[from];
                from += found ? 1 : 0;
            }

            tokens.RemoveRange(to, tokens.Count - to);
            Count(word, +1, changed);
        }

        foreach (TokenPair other in changed)
        {
            _heap.Enqueue(other, (_counts[other], other));
        }
    }

    private void Count(int word, int sign, HashSet<TokenPair>? changed = null)
    {
        (List<int> tokens, long count) = _words[word];
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            var pair = new TokenPair(tokens[i], tokens[i + 1]);
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += sign * count;
            ref HashSet<int>? places = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _);
            places ??= [];
            _ = sign > 0 ? places.Add(word) : places.Remove(word);
            changed?.Add(pair);
        }
    }
}
