using System.Collections.Immutable;

namespace Mllm.Runtime.Evaluation;

/// <summary>
/// BLEU over a whole set (Papineni et al., 2002): BLEU-N = BP · exp(mean over n = 1..N of log p_n), without smoothing.
/// p_n is the number of the candidates' n-grams that stand in a reference, each counted at most as often as in the reference that has it most often (section 2.1.1),
/// over the number of all their n-grams, both summed over the set. BP = min(1, exp(1 - r / c)) with c the candidates' length and r the sum, over the set, of the
/// length of the reference that is closest to its candidate's (section 2.2.2), the shorter one of two as close.
/// </summary>
/// <param name="Scores">BLEU-1 to BLEU-4; null where neither candidates nor references have n-grams of that length.</param>
/// <param name="Precisions">p_1 to p_4; null where the candidates have no n-grams of that length.</param>
/// <param name="CandidateLength">c, in tokens.</param>
/// <param name="ReferenceLength">r, in tokens.</param>
/// <param name="Samples">How many candidates there are.</param>
public sealed record Bleu(ImmutableArray<double?> Scores, ImmutableArray<double?> Precisions, double BrevityPenalty, long CandidateLength, long ReferenceLength, int Samples)
{
    public const int Longest = 4;

    public static Bleu Of(IReadOnlyCollection<CaptionPair> pairs)
    {
        var (matched, all) = (new long[Longest], new long[Longest]);
        var exists = new bool[Longest];
        long candidates = 0, references = 0;
        foreach (var (candidate, right) in pairs)
        {
            candidates += candidate.Length;
            references += right.Select(r => r.Length).MinBy(l => (Math.Abs(l - candidate.Length), l));
            for (var n = 1; n <= Longest; n++)
            {
                var most = right.SelectMany(r => NGrams.Count(r, n)).GroupBy(g => g.Key).ToDictionary(g => g.Key, g => g.Max(c => c.Value));
                var given = NGrams.Count(candidate, n);
                matched[n - 1] += given.Sum(g => Math.Min(g.Value, most.GetValueOrDefault(g.Key)));
                all[n - 1] += given.Values.Sum();
                exists[n - 1] |= given.Count > 0 || most.Count > 0;
            }
        }
        var penalty = candidates == 0 ? 0 : Math.Min(1, Math.Exp(1 - (double)references / candidates));
        var scores = Enumerable.Range(1, Longest).Select(n => !exists[n - 1] ? (double?)null
            : matched.Take(n).Any(m => m == 0) ? 0 : penalty * Math.Exp(Enumerable.Range(0, n).Average(i => Math.Log((double)matched[i] / all[i]))));
        return new([.. scores], [.. matched.Zip(all, (m, a) => a == 0 ? (double?)null : (double)m / a)], penalty, candidates, references, pairs.Count);
    }
}
