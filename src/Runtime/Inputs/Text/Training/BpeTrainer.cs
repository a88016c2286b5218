namespace Mllm.Runtime.Inputs;

/// <summary>
/// Learns a byte-level byte-pair encoding from texts (Sennrich et al., 2016, section 3.2, over the bytes and words of
/// Radford et al., 2019): the most frequent pair of neighbouring tokens becomes a token, until there are enough.
/// </summary>
public static class BpeTrainer
{
    /// <summary>The tokens that every byte-level vocabulary begins with.</summary>
    public const int Bytes = 256;

    /// <summary>
    /// Learns from <paramref name="texts"/>. The result depends on the words and how often they occur, not on their
    /// order: of equally frequent pairs the first in ordinal order of its two tokens is merged.
    /// </summary>
    /// <param name="texts">Texts as they will be encoded; words are counted over all of them.</param>
    /// <param name="size">Tokens wanted, at least <see cref="Bytes"/>; fewer come out where no pair occurs twice any more.</param>
    /// <param name="cancellation">Ends the work between two texts or merges.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 256.</exception>
    public static TrainedBpe Train(IEnumerable<string> texts, int size, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, Bytes);
        var tokens = new List<string>(ByteLevelAlphabet.Tokens);
        Dictionary<string, int> ids = tokens.Select((token, id) => (token, id)).ToDictionary(p => p.token, p => p.id, StringComparer.Ordinal);
        PairCounts pairs = new([.. Words(texts, cancellation).Select(word => new CountedWord([.. word.Key.Select(c => ids[c.ToString()])], word.Value))], tokens);
        var merges = new List<TokenPair>();
        while (tokens.Count < size && pairs.TakeMostFrequent() is { } pair)
        {
            cancellation.ThrowIfCancellationRequested();
            string merged = tokens[pair.Left] + tokens[pair.Right];

            // Two ways of merging can spell one token ("ab" + "c", "a" + "bc"); it keeps its id.
            if (!ids.TryGetValue(merged, out int id))
            {
                ids[merged] = id = tokens.Count;
                tokens.Add(merged);
            }

            merges.Add(pair);
            pairs.Merge(pair, id);
        }

        return new([.. tokens], [.. merges]);
    }

    /// <summary>How often each word occurs, spelt in the byte-level alphabet.</summary>
    private static Dictionary<string, long> Words(IEnumerable<string> texts, CancellationToken cancellation)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        PreTokenizer words = PreTokenizers.ByteLevel(addPrefixSpace: false, useRegex: true);
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            words(new(text, AtStart: true), word => counts[word.Text] = counts.GetValueOrDefault(word.Text) + 1);
        }

        return counts;
    }
}
