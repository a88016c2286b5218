using System.Diagnostics;
using Mllm.Runtime.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Inputs;

public class TextTokenizerTests
{
    private static TextTokenizer Toy(string name) => TokenizerLoader.Load(TestFiles.Data($"tokenizers/{name}")).Value;

    [Fact]
    public void Half_a_surrogate_pair_counts_as_the_replacement_character()
    {
        foreach (string name in new[] { "gpt2_style", "llama_style", "bert_style", "t5_style" })
        {
            TextTokenizer tokenizer = Toy(name);
            foreach (char half in new[] { '\uD800', '\uDC00' })
            {
                Assert.Equal(tokenizer.Encode("a\uFFFDb", true), tokenizer.Encode($"a{half}b", true));
            }
        }
    }

    [Fact]
    public void Ids_without_a_token_have_no_text()
    {
        TextTokenizer tokenizer = Toy("gpt2_style");
        Assert.Equal("a", tokenizer.Decode([-1, tokenizer.TokenToId("a")!.Value, tokenizer.VocabSize, long.MaxValue]));
        Assert.Null(tokenizer.IdToToken(tokenizer.VocabSize));
        Assert.Null(tokenizer.TokenToId("no such token"));
        Assert.False(tokenizer.IsSpecial(-1));
    }

    /// <summary>
    /// A merge that scans the rest of the text again for each of its steps takes 45 billion steps here, minutes;
    /// n log n takes a fraction of a second.
    /// </summary>
    [Theory]
    [InlineData("llama_style", "the cat ")]
    [InlineData("llama_style", "a")]
    [InlineData("llama_style", " ")]
    [InlineData("gpt2_style", "a")]
    [InlineData("gpt2_style", " ")]
    [InlineData("t5_style", "hat ")]
    [InlineData("sp_bpe", "that")]
    [InlineData("bert_style", "cat")]
    public void Long_texts_take_nearly_linear_time(string name, string part)
    {
        TextTokenizer tokenizer = Toy(name);
        string text = string.Concat(Enumerable.Repeat(part, 300_000 / part.Length));
        long start = Stopwatch.GetTimestamp();
        long[] ids = tokenizer.Encode(text, addSpecial: false);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.NotEmpty(ids);
    }

    [Fact]
    public void One_tokenizer_serves_several_threads()
    {
        TextTokenizer tokenizer = Toy("llama3_style");
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"the cat {i} sat on {i * 7} hats")];
        long[][] expected = [.. texts.Select(text => Toy("llama3_style").Encode(text, true))];
        var made = new long[texts.Length][];
        Parallel.For(0, texts.Length, i => made[i] = tokenizer.Encode(texts[i], true));
        Assert.Equal(expected, made);
    }
}
