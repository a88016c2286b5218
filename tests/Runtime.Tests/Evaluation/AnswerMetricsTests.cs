using Mllm.Runtime.Evaluation;
using Xunit;

namespace Mllm.Runtime.Tests.Evaluation;

/// <summary>Answers by the definitions of SQuAD; the expected numbers are worked out by hand.</summary>
public class AnswerMetricsTests
{
    [Theory]
    [InlineData("The  Cat.", "cat")]
    [InlineData("A dog-house!", "doghouse")]
    [InlineData("an apple, another ape", "apple another ape")]
    [InlineData("$1,000 (about)", "1000 about")]
    [InlineData("Ärger; the Ende", "ärger ende")]
    [InlineData("the", "")]
    [InlineData("they anthem", "they anthem")]
    public void What_is_compared(string text, string expected) => Assert.Equal(expected, AnswerText.Normalise(text));

    [Theory]
    [InlineData("The cat.", "a cat", 1)]
    [InlineData("cat", "cats", 0)]
    [InlineData("cat", "dog|Cat!", 1)]
    [InlineData("", "the", 1)]
    [InlineData("cat", "", 0)]
    public void Exact_match(string answer, string references, double expected) => Assert.Equal(expected, AnswerMetrics.ExactMatch(answer, references.Split('|')));

    [Theory]
    [InlineData("the red fox jumps", "a red fox", 0.8)]         // 2 of 3 and 2 of 2: 2 · 2/3 · 1 / (5/3)
    [InlineData("red red", "red fox", 0.5)]                     // the second "red" finds none: 1 of 2 and 1 of 2
    [InlineData("red red", "red red fox", 0.8)]                 // 2 of 2 and 2 of 3
    [InlineData("fox red", "red fox", 1)]                       // the order does not count
    [InlineData("dog", "red fox", 0)]
    [InlineData("fox", "red fox|the fox", 1)]                   // 2/3 with the first, 1 with the second
    [InlineData("", "the", 1)]                                  // neither has words
    [InlineData("", "fox", 0)]
    public void Token_F1(string answer, string references, double expected) => Assert.Equal(expected, AnswerMetrics.TokenF1(answer, references.Split('|')), 1e-15);

    [Fact]
    public void F1_is_the_same_both_ways_and_at_least_exact_match()
    {
        string[] texts = ["a red fox", "red", "the fox jumps over the dog", "fox fox", "", "Red."];
        foreach (var a in texts)
            foreach (var b in texts)
            {
                Assert.Equal(AnswerMetrics.TokenF1(a, [b]), AnswerMetrics.TokenF1(b, [a]));
                Assert.InRange(AnswerMetrics.TokenF1(a, [b]), AnswerMetrics.ExactMatch(a, [b]), 1);
            }
    }
}
