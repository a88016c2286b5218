using Mllm.Runtime.Generation;
using Mllm.Runtime.Native;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Generation;

public class SamplerTests
{
    /// <summary>Probabilities 0.5, 0.3, 0.15, 0.05 of the tokens 2, 0, 3, 1.</summary>
    private static readonly float[] Logits = [MathF.Log(0.3f), MathF.Log(0.05f), MathF.Log(0.5f), MathF.Log(0.15f)];

    public SamplerTests() => TorchLibrary.Load();

    [Fact]
    public void Greedy_takes_the_largest_and_of_equal_ones_the_first()
    {
        using var logits = tensor(new float[] { 1, 5, 5, 2, -1, -3, -1, -2 }, [2, 4]);
        Assert.Equal([1L, 0], new Sampler().Next(logits));
        using var narrow = logits.to(ScalarType.BFloat16);
        Assert.Equal([1L, 0], new Sampler().Next(narrow));
    }

    [Theory]
    [InlineData(1, 1, new[] { 0.3, 0.05, 0.5, 0.15 })]
    [InlineData(1, 0.8, new[] { 0.375, 0, 0.625, 0 })]
    [InlineData(1, 0.79, new[] { 0.375, 0, 0.625, 0 })]
    [InlineData(1, 0.5, new[] { 0, 0, 1.0, 0 })]
    [InlineData(1, 1e-9, new[] { 0, 0, 1.0, 0 })]
    [InlineData(0.5, 1, new[] { 0.09 / 0.365, 0.0025 / 0.365, 0.25 / 0.365, 0.0225 / 0.365 })]
    public void Frequencies_are_the_probabilities(double temperature, double topP, double[] expected)
    {
        const int draws = 20000;
        var sampler = new Sampler(new SamplerOptions(temperature, topP - (topP is 0.8 or 0.5 ? 1e-6 : 0), 3));
        using var one = tensor(Logits, [1, 4]);
        var counts = new int[4];
        for (var i = 0; i < draws; i++)
            counts[sampler.Next(one)[0]]++;
        for (var token = 0; token < 4; token++)
        {
            // Five standard errors of a binomial share; a token without probability never comes.
            var error = 5 * Math.Sqrt(expected[token] * (1 - expected[token]) / draws);
            Assert.InRange(counts[token] / (double)draws, expected[token] - error - 1e-12, expected[token] + error + 1e-12);
        }
    }

    [Fact]
    public void Equal_seeds_give_equal_choices_and_rows_do_not_touch_each_other()
    {
        using var random = new Generator(1, CPU);
        using var both = randn([2, 50], generator: random);
        using var first = both.narrow(0, 0, 1);
        var (a, b, c, alone) = (Make(7), Make(7), Make(8), Make(7));
        var together = Enumerable.Range(0, 50).Select(_ => a.Next(both)).ToArray();
        Assert.Equal(together, Enumerable.Range(0, 50).Select(_ => b.Next(both)));
        Assert.NotEqual(together, Enumerable.Range(0, 50).Select(_ => c.Next(both)));
        Assert.Equal(together.Select(t => t[0]), Enumerable.Range(0, 50).Select(_ => alone.Next(first)[0]));
        Assert.NotEqual(together.Select(t => t[0]), together.Select(t => t[1]));

        static Sampler Make(ulong seed) => new(new SamplerOptions(1, 0.95, seed));
    }

    [Fact]
    public void Impossible_tokens_never_come()
    {
        using var logits = tensor(new[] { float.NegativeInfinity, 0, float.NegativeInfinity, 1 }, [1, 4]);
        var sampler = new Sampler(new SamplerOptions(2));
        Assert.All(Enumerable.Range(0, 200).Select(_ => sampler.Next(logits)[0]), token => Assert.True(token is 1 or 3));
    }

    [Theory]
    [InlineData(-1, 1, "the temperature is -1, expected a number from 0 up")]
    [InlineData(1, 0, "top-p is 0, expected a number above 0 and up to 1")]
    [InlineData(1, 1.5, "top-p is 1.5, expected a number above 0 and up to 1")]
    public void Options_that_make_no_sense_are_refused(double temperature, double topP, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => new Sampler(new SamplerOptions(temperature, topP))).Message);

    [Fact]
    public void A_logit_that_is_not_a_number_is_named()
    {
        using var logits = tensor(new[] { 1f, float.NaN }, [1, 2]);
        Assert.Equal("the logit of token 1 in row 0 is not a number", Assert.Throws<InvalidOperationException>(() => new Sampler().Next(logits)).Message);
    }
}
