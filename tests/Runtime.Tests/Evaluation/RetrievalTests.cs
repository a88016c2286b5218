using Mllm.Runtime.Evaluation;
using Xunit;

namespace Mllm.Runtime.Tests.Evaluation;

/// <summary>Recall and perplexity; the expected numbers are worked out by hand.</summary>
public class RetrievalTests
{
    private static readonly double[,] Scores = { { 0.9, 0.1, 0.2 }, { 0.3, 0.3, 0.1 }, { 0.8, 0.7, 0.6 } };

    [Fact]
    public void Ranks_in_both_directions()
    {
        // Rows: 0.9 is first; 0.3 has another 0.3 before it; 0.6 has 0.8 and 0.7 before it. Columns: first; 0.7 before 0.3; first.
        var found = Retrieval.Of(Scores, (p, t) => p == t);
        Assert.Equal([1, 2, 3], found.TextOfPicture.Ranks.AsEnumerable());
        Assert.Equal([1, 2, 1], found.PictureOfText.Ranks.AsEnumerable());
        Assert.Equal(1.0 / 3, found.TextOfPicture.Recalls[0].Share, 1e-15);
        Assert.Equal(2.0 / 3, found.PictureOfText.Recalls[0].Share, 1e-15);
        Assert.Equal([(1, 1.0 / 3), (5, 1.0), (10, 1.0)], found.TextOfPicture.Recalls.Select(r => (r.K, Math.Round(r.Chance, 15))), (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-14);
        Assert.Equal((3, 3), (found.TextOfPicture.Queries, found.TextOfPicture.Candidates));
    }

    [Theory]
    [InlineData(0.0, 12)]
    [InlineData(double.NaN, 12)]
    public void A_model_that_says_the_same_of_all_is_last(double same, int rank)
    {
        var scores = new double[12, 12];
        for (var i = 0; i < scores.Length; i++)
            scores[i / 12, i % 12] = same;
        var found = Retrieval.Of(scores, (p, t) => p == t).TextOfPicture;
        Assert.All(found.Ranks, r => Assert.Equal(rank, r));
        Assert.Equal([0.0, 0.0, 0.0], found.Recalls.Select(r => r.Share));
        Assert.Equal([1.0 / 12, 5.0 / 12, 10.0 / 12], found.Recalls.Select(r => r.Chance), (a, b) => Math.Abs(a - b) < 1e-14);
    }

    [Fact]
    public void Several_right_answers_count_by_their_best()
    {
        // One text for both pictures, and ten texts for none but the last picture: from its side two of the twelve pictures are right.
        var scores = new double[12, 11];
        for (var p = 0; p < 12; p++)
            scores[p, Math.Max(0, p - 1)] = p == 1 ? -1 : 1;
        var found = Retrieval.Of(scores, (p, t) => t == Math.Max(0, p - 1));
        Assert.Equal(1, found.PictureOfText.Ranks[0]);
        Assert.Equal(11, found.TextOfPicture.Ranks[1]);
        // 1 - C(10, 5) / C(12, 5) = 1 - 252/792 for the text with two pictures, 5/12 for the ten others.
        Assert.Equal((1 - 252.0 / 792 + 10 * 5.0 / 12) / 11, found.PictureOfText.Recalls[1].Chance, 1e-14);
    }

    [Fact]
    public void The_order_of_pictures_and_texts_does_not_count()
    {
        int[] order = [2, 0, 1];
        var turned = new double[3, 3];
        for (var p = 0; p < 3; p++)
            for (var t = 0; t < 3; t++)
                turned[p, t] = Scores[order[p], order[t]];
        var (one, other) = (Retrieval.Of(Scores, (p, t) => p == t), Retrieval.Of(turned, (p, t) => p == t));
        Assert.Equal(one.TextOfPicture.Recalls.AsEnumerable(), other.TextOfPicture.Recalls.AsEnumerable());
        Assert.Equal(order.Select(i => one.PictureOfText.Ranks[i]), other.PictureOfText.Ranks.AsEnumerable());
    }

    [Fact]
    public void The_right_answers_ahead_of_all_others_have_recall_1()
    {
        var found = Retrieval.Of(new double[,] { { 2, 1 }, { 1, 2 } }, (p, t) => p == t);
        Assert.All(found.TextOfPicture.Recalls.Concat(found.PictureOfText.Recalls), r => Assert.Equal(1, r.Share));
    }

    [Fact]
    public void A_query_without_a_right_answer_is_refused() => Assert.Throws<ArgumentException>(() => Retrieval.Of(Scores, (p, t) => p == t && p < 2));

    [Fact]
    public void The_perplexity_is_over_tokens_not_batches()
    {
        // One token of 4 nats and three of 0 together: a mean of 1, not of (4 + 0) / 2.
        var loss = new TokenLoss(4, 1) + new TokenLoss(0, 3);
        Assert.Equal((1.0, Math.E), (loss.Mean!.Value, loss.Perplexity!.Value));
        Assert.Equal(8, new TokenLoss(5 * Math.Log(8), 5).Perplexity!.Value, 1e-12);
        Assert.Null(default(TokenLoss).Perplexity);
    }
}
