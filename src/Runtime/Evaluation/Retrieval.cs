using System.Collections.Immutable;

namespace Mllm.Runtime.Evaluation;

/// <summary>
/// Recall@k in both directions (as of Karpathy and Fei-Fei, 2015, section 4.1): the share of queries that have a right answer among the k that score highest.
/// The rank of a query's best right answer counts every wrong one that scores as high or higher, or whose score is no number: ties speak against the model.
/// </summary>
/// <param name="TextOfPicture">Queries are pictures, answers texts.</param>
/// <param name="PictureOfText">Queries are texts, answers pictures.</param>
public sealed record Retrieval(RecallTable TextOfPicture, RecallTable PictureOfText)
{
    /// <param name="scores">[pictures, texts], higher is better.</param>
    /// <param name="isRight">Whether a text (second) belongs to a picture (first).</param>
    /// <exception cref="ArgumentException">A picture or a text has nothing that belongs to it.</exception>
    public static Retrieval Of(double[,] scores, Func<int, int, bool> isRight)
    {
        var (pictures, texts) = (scores.GetLength(0), scores.GetLength(1));
        return new(
            RecallTable.Of(pictures, texts, (p, t) => scores[p, t], isRight, "picture"),
            RecallTable.Of(texts, pictures, (t, p) => scores[p, t], (t, p) => isRight(p, t), "text"));
    }
}

/// <summary>Recall@1, @5 and @10 of one direction.</summary>
/// <param name="Queries">How many queries the shares are of.</param>
/// <param name="Candidates">Among how many answers each is looked for.</param>
/// <param name="Ranks">By query: the rank of its best right answer, from 1.</param>
public sealed record RecallTable(int Queries, int Candidates, ImmutableArray<Recall> Recalls, ImmutableArray<int> Ranks)
{
    public static readonly ImmutableArray<int> Cuts = [1, 5, 10];

    internal static RecallTable Of(int queries, int candidates, Func<int, int, double> score, Func<int, int, bool> isRight, string query)
    {
        var (ranks, right) = (new int[queries], new int[queries]);
        for (var q = 0; q < queries; q++)
        {
            var places = Enumerable.Range(0, candidates).ToLookup(c => isRight(q, c));
            right[q] = places[true].Count();
            if (right[q] == 0)
                throw new ArgumentException($"nothing belongs to {query} {q}");
            var best = places[true].Select(c => score(q, c)).Aggregate(double.NaN, (a, b) => !(a >= b) && !double.IsNaN(b) ? b : a);
            ranks[q] = 1 + places[false].Count(c => !(score(q, c) < best));
        }
        return new(queries, candidates, [.. Cuts.Select(k => new Recall(k, Mean(ranks.Select(r => r <= k ? 1.0 : 0)), Mean(right.Select(m => Chance(candidates, m, k)))))], [.. ranks]);
    }

    /// <summary>The probability that k of n answers, drawn without order, have one of the m right ones: k / n where one is right.</summary>
    private static double Chance(int n, int m, int k)
    {
        var missed = 1.0;
        for (var i = 0; i < k && missed > 0; i++)
            missed *= Math.Max(0, (double)(n - m - i) / Math.Max(1, n - i));
        return 1 - missed;
    }

    private static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(0).Average();
}

/// <summary>The share of queries with a right answer among the first <paramref name="K"/>.</summary>
/// <param name="Chance">What answers in random order would give.</param>
public sealed record Recall(int K, double Share, double Chance);
