using Mllm.Runtime.Evaluation;
using Xunit;

namespace Mllm.Runtime.Tests.Evaluation;

/// <summary>BLEU and CIDEr-D; the expected numbers are worked out by hand from their definitions.</summary>
public class CaptionMetricsTests
{
    private static readonly CaptionPair[] Varied =
    [
        CaptionPair.Of("a cat sits on a mat", ["the cat is on the mat", "a cat sits there"]),
        CaptionPair.Of("two dogs run over green grass", ["two brown dogs run over the grass"]),
        CaptionPair.Of("red apple", ["a red apple on the table", "one apple"]),
        CaptionPair.Of("snow", ["a mountain with snow"]),
    ];

    [Theory]
    [InlineData("The cat, on the mat.", "the cat on the mat")]
    [InlineData("It's a dog's, they don't; you’ll can't", "it 's a dog 's they do n't you 'll ca n't")]
    [InlineData("T-shirt - 1,000.5 at 12:30", "t-shirt 1,000.5 at 12:30")]
    [InlineData("100% \"fun\" & 5€ (#1)", "100 % fun & 5 € # 1")]
    [InlineData("café NAÏVE", "café naïve")]
    [InlineData("...", "")]
    public void Tokens_of_captions(string text, string expected) => Assert.Equal(expected, string.Join(' ', CaptionTokens.Of(text)));

    [Fact]
    public void Counts_are_clipped()
    {
        // The example of Papineni et al., section 2.1.1: "the" stands at most twice in one reference, seven times in the candidate; of lengths 6 and 7 the second is closest.
        var bleu = Bleu.Of([CaptionPair.Of("the the the the the the the", ["The cat is on the mat.", "There is a cat on the mat."])]);
        Assert.Equal((7L, 7L, 1.0), (bleu.CandidateLength, bleu.ReferenceLength, bleu.BrevityPenalty));
        Assert.Equal([2.0 / 7, 0.0, 0.0, 0.0], bleu.Precisions.Select(p => p!.Value));
        Assert.Equal(2.0 / 7, bleu.Scores[0]!.Value, 1e-15);
        Assert.Equal([0.0, 0.0, 0.0], bleu.Scores.Skip(1).Select(s => s!.Value));
    }

    [Fact]
    public void BLEU_is_of_the_whole_set()
    {
        // Unigrams: 3 of 3, and "the", "dog", "fast" of 4: 6/7. Bigrams: 2 of 2, and "the dog" of 3: 3/5. Trigrams: 1 of 1, and 0 of 2: 1/3. 4-grams: none, and 0 of 1.
        // c = 3 + 4, r = 4 + 5: BP = exp(1 - 9/7).
        var bleu = Bleu.Of([CaptionPair.Of("a cat sat", ["a cat sat down"]), CaptionPair.Of("the dog runs fast", ["the dog ran fast today"])]);
        var penalty = Math.Exp(-2.0 / 7);
        Assert.Equal(penalty, bleu.BrevityPenalty, 1e-15);
        Assert.Equal(penalty * 6 / 7, bleu.Scores[0]!.Value, 1e-15);
        Assert.Equal(penalty * Math.Sqrt(18.0 / 35), bleu.Scores[1]!.Value, 1e-15);
        Assert.Equal(penalty * Math.Cbrt(6.0 / 35), bleu.Scores[2]!.Value, 1e-15);
        Assert.Equal(0, bleu.Scores[3]);
    }

    [Theory]
    [InlineData("a b c", "x y|x y z w", 2)]             // 2 and 4 are as close to 3
    [InlineData("a b c", "x|x y z w", 4)]
    public void The_closest_reference_is_taken(string candidate, string references, long expected) =>
        Assert.Equal(expected, Bleu.Of([CaptionPair.Of(candidate, references.Split('|'))]).ReferenceLength);

    [Fact]
    public void Without_ngrams_of_a_length_there_is_no_score_for_it()
    {
        var bleu = Bleu.Of([CaptionPair.Of("red cat", ["red cat"])]);
        Assert.Equal([1.0, 1.0, null, null], bleu.Scores.AsEnumerable());
        Assert.Equal([0.0, 0.0, 0.0, null], Bleu.Of([CaptionPair.Of("", ["one red cat"])]).Scores.AsEnumerable());
    }

    [Fact]
    public void What_is_a_reference_has_BLEU_1()
    {
        var bleu = Bleu.Of([.. Varied.Select(p => p with { Candidate = p.References[^1] })]);
        Assert.All(bleu.Scores, s => Assert.Equal(1, s!.Value, 1e-15));
    }

    /// <summary>Two samples, so that an n-gram of one of them weighs log 2 =: L, and one of both nothing.</summary>
    [Theory]
    [InlineData("red cat", "red cat", 0, 5)]                    // 10 for unigrams, 10 for bigrams, none of the other two lengths: 20 / 4
    [InlineData("cat cat", "cat", 1, 1.25)]                     // 2L is clipped to L: L · L / (2L · L) = 1/2; 10 / 4 of it
    [InlineData("cat", "cat cat", 1, 2.5)]                      // L · 2L / (L · 2L) = 1
    [InlineData("a cat", "a red cat", 1, 1.7677669529663687)]   // "a" is in both samples: L · L / (L · L√2); "a cat" is in no reference: 2.5 / √2
    [InlineData("a", "a red cat", 2, 0)]
    [InlineData("", "a red cat", 3, 0)]
    public void CIDEr(string candidate, string reference, int difference, double expected)
    {
        var cider = Cider.Of([CaptionPair.Of(candidate, [reference]), CaptionPair.Of("nothing", ["a blue dog"])]);
        expected *= Math.Exp(-difference * difference / 72.0);
        Assert.Equal([expected, 0], cider.Scores.Select(s => Math.Round(s, 12)), (a, b) => Math.Abs(a - b) < 1e-11);
        Assert.Equal(expected / 2, cider.Score!.Value, 1e-12);
    }

    [Fact]
    public void CIDEr_is_the_mean_over_references()
    {
        // The first reference alone gives 20 / 4 = 5, the second 0.
        var cider = Cider.Of([CaptionPair.Of("red cat", ["red cat", "small kitten"]), CaptionPair.Of("x", ["blue dog"])]);
        Assert.Equal(2.5, cider.Scores[0], 1e-12);
    }

    [Fact]
    public void Four_words_as_in_the_reference_have_CIDEr_10() =>
        Assert.All(Cider.Of([CaptionPair.Of("one red cat sleeps", ["one red cat sleeps"]), CaptionPair.Of("two blue dogs run", ["two blue dogs run"])]).Scores, s => Assert.Equal(10, s, 1e-12));

    [Fact]
    public void One_sample_alone_has_no_CIDEr() => Assert.Null(Cider.Of([CaptionPair.Of("red cat", ["red cat"])]).Score);

    [Fact]
    public void The_order_of_samples_and_references_does_not_count()
    {
        CaptionPair[] turned = [.. Varied.Reverse().Select(p => p with { References = [.. p.References.Reverse()] })];
        var (one, other) = (Bleu.Of(Varied), Bleu.Of(turned));
        Assert.Equal(one.Scores.AsEnumerable(), other.Scores.AsEnumerable());
        Assert.True(one.Scores[1] > 0);
        Assert.Equal(Cider.Of(Varied).Scores.Select(s => Math.Round(s, 12)), Cider.Of(turned).Scores.Reverse().Select(s => Math.Round(s, 12)));
    }
}
