using Mllm.Runtime.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Inputs;

public class StreamingDecoderTests
{
    private static TextTokenizer Toy(string name) => TokenizerLoader.Load(TestFiles.Data($"tokenizers/{name}")).Value;

    [Theory]
    [InlineData("gpt2_style")]
    [InlineData("llama_style")]
    [InlineData("unigram_bytes")]
    public void A_character_appears_when_its_last_byte_is_there(string name)
    {
        TextTokenizer tokenizer = Toy(name);
        long[] ids = tokenizer.Encode("🚀北", addSpecial: false);
        StreamingDecoder decoder = tokenizer.StartDecoding();
        string[] parts = [.. ids.Select(decoder.Next)];
        Assert.Equal("🚀北", string.Concat(parts));
        Assert.Equal(["🚀", "北"], parts.Where(part => part.Length > 0));
        Assert.Equal("北", parts[^1]);
        Assert.Equal("", decoder.Finish());
    }

    [Fact]
    public void The_blank_that_marks_the_start_of_a_text_does_not_appear()
    {
        TextTokenizer tokenizer = Toy("llama_style");
        StreamingDecoder decoder = tokenizer.StartDecoding();
        long bos = tokenizer.Special.Bos!.Value, the = tokenizer.TokenToId("▁the")!.Value;
        Assert.Equal(["", "the", " the"], new[] { bos, the, the }.Select(decoder.Next));
    }

    [Fact]
    public void A_continued_text_keeps_the_blank_between_prompt_and_answer()
    {
        TextTokenizer tokenizer = Toy("llama_style");
        StreamingDecoder decoder = tokenizer.StartDecoding(after: tokenizer.Encode("a photo of", addSpecial: true));
        Assert.Equal(" the", decoder.Next(tokenizer.TokenToId("▁the")!.Value));
    }

    [Theory]
    [InlineData("gpt2_style")]
    [InlineData("llama3_style")]
    [InlineData("metaspace_first")]
    [InlineData("bert_style")]
    [InlineData("clip_style")]
    [InlineData("bytes")]
    public void All_parts_together_are_the_decoded_text_whatever_the_ids(string name)
    {
        TextTokenizer tokenizer = name == "bytes" ? TokenizerLoader.Load(name).Value : Toy(name);
        var random = new Random(5);
        for (int round = 0; round < 300; round++)
        {
            long[] ids = [.. Enumerable.Range(0, random.Next(20)).Select(_ => random.NextInt64(-2, tokenizer.VocabSize + 3))];
            StreamingDecoder decoder = tokenizer.StartDecoding(skipSpecial: false);
            Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(decoder.Next)) + decoder.Finish());
        }
    }

    [Fact]
    public void Bytes_that_are_no_character_become_replacement_characters()
    {
        TextTokenizer tokenizer = TokenizerLoader.Load("bytes").Value;
        StreamingDecoder decoder = tokenizer.StartDecoding();
        Assert.Equal(["a", "\uFFFD", "", "é", ""], new long[] { 'a', 0xFF, 0xC3, 0xA9, 0xE2 }.Select(decoder.Next));
        Assert.Equal("\uFFFD", decoder.Finish());
    }

    /// <summary>Without streaming a broken run of byte tokens is replaced as a whole, as the published decoder has it; a stream cannot take back what it gave.</summary>
    [Fact]
    public void A_broken_run_of_byte_tokens_loses_only_its_bad_bytes_when_streamed()
    {
        TextTokenizer tokenizer = Toy("llama_style");
        long[] ids = [.. new byte[] { 0xC3, 0xA9, 0xFF, 0xC3 }.Select(b => tokenizer.TokenToId($"<0x{b:X2}>")!.Value)];
        Assert.Equal("\uFFFD\uFFFD\uFFFD\uFFFD", tokenizer.Decode(ids));
        StreamingDecoder decoder = tokenizer.StartDecoding();
        Assert.Equal("é\uFFFD\uFFFD", string.Concat(ids.Select(decoder.Next)) + decoder.Finish());
    }
}
