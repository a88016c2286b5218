using System.Collections.Immutable;

namespace Mllm.Runtime.Evaluation;

/// <summary>
/// CIDEr-D (Vedantam et al., 2015, sections 4 and 4.1) over a set of candidates with their references.
/// g_n(s) has for each n-gram of s its count times log(S / max(1, S_w)), where S is the number of samples and S_w the number of those with the n-gram in a
/// reference; so the document frequencies are those of the set itself. For a candidate c and its m references,
/// CIDEr-D_n = 10 / m · Σ_s exp(-(l_c - l_s)² / (2 · 6²)) · min(g_n(c), g_n(s)) · g_n(s) / (|g_n(c)| |g_n(s)|), and CIDEr-D is the mean over n = 1..4.
/// The count is not divided by the number of n-grams, as in the authors' evaluation code; the minimum sees the difference. Papers usually print a hundred times the value.
/// </summary>
/// <param name="Score">The mean over the samples, between 0 and 10; null with fewer than two samples, since no n-gram then tells one sample from another.</param>
/// <param name="Scores">By sample.</param>
public sealed record Cider(double? Score, ImmutableArray<double> Scores)
{
    private const int Longest = 4;
    private const double Sigma = 6;
    private const double Factor = 10;

    public int Samples => Scores.Length;

    public static Cider Of(IReadOnlyList<CaptionPair> pairs)
    {
        var frequencies = Enumerable.Range(1, Longest).Select(n => pairs.SelectMany(p => p.References.SelectMany(r => NGrams.Count(r, n).Keys).Distinct(StringComparer.Ordinal))
            .CountBy(g => g, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal)).ToArray();
        var scores = pairs.Select(p => p.References.Average(r => Enumerable.Range(1, Longest).Average(n => Similarity(p.Candidate, r, n)))).ToImmutableArray();
        return new(scores.Length < 2 ? null : scores.Average(), scores);

        double Similarity(ImmutableArray<string> candidate, ImmutableArray<string> reference, int n)
        {
            var (c, s) = (Weights(candidate, n), Weights(reference, n));
            var norms = Norm(c) * Norm(s);
            if (norms == 0)
                return 0;
            double difference = candidate.Length - reference.Length;
            return Factor * Math.Exp(-difference * difference / (2 * Sigma * Sigma)) * c.Sum(g => s.TryGetValue(g.Key, out var w) ? Math.Min(g.Value, w) * w : 0) / norms;
        }

        Dictionary<string, double> Weights(ImmutableArray<string> tokens, int n) => NGrams.Count(tokens, n)
            .ToDictionary(g => g.Key, g => g.Value * Math.Log((double)pairs.Count / Math.Max(1, frequencies[n - 1].GetValueOrDefault(g.Key))), StringComparer.Ordinal);

        static double Norm(Dictionary<string, double> weights) => Math.Sqrt(weights.Values.Sum(w => w * w));
    }
}
