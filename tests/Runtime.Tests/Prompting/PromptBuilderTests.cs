using Mllm.Compiler;
using Mllm.Compiler.Model;
using Mllm.Compiler.Std;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Prompting;

/// <summary>From a user's text and a number of pictures to the prompt, as the model's template says.</summary>
public class PromptBuilderTests
{
    private const string Llava = "architectures/llava.mllm", Flamingo = "architectures/flamingo.mllm", Prefix = "architectures/hybrids/flamingo_prefix.mllm";

    [Theory]
    [InlineData(Llava, "Why?", 1, "USER: <image>\nWhy? ASSISTANT:")]
    [InlineData(Llava, "Why?", 2, "USER: <image><image>\nWhy? ASSISTANT:")]
    [InlineData(Llava, "Why?", 0, "USER: \nWhy? ASSISTANT:")]
    [InlineData(Llava, null, 1, "USER: <image>\nWhat is in this picture? ASSISTANT:")]
    // Who writes placeholders says where the pictures belong.
    [InlineData(Llava, "Compare <image> with <image>.", 2, "USER: \nCompare <image> with <image>. ASSISTANT:")]
    // The hole is filled once: what a user writes is text.
    [InlineData(Llava, "{text}", 1, "USER: <image>\n{text} ASSISTANT:")]
    [InlineData(Flamingo, "A cat", 1, "<image>A cat")]
    [InlineData(Flamingo, "A cat", 3, "<image><image><image>A cat")]
    [InlineData(Flamingo, "<image>A<|endofchunk|><image>B", 2, "<image>A<|endofchunk|><image>B")]
    [InlineData(Prefix, "A cat", 2, "A cat")]
    public void The_template_takes_text_and_placeholders(string path, string? text, int pictures, string expected) => Assert.Equal(expected, Builder(path, out _).Text(text, pictures));

    [Theory]
    [InlineData(Llava, "a<image>b", "<s> a <image> b")]
    [InlineData(Llava, "<image>", "<s> <image>")]
    [InlineData(Flamingo, "<image>a<image>", "<image> a <image>")]
    [InlineData(Prefix, "ab", "ab")]
    public void Text_between_placeholders_is_tokenised_by_itself(string path, string text, string expected)
    {
        var builder = Builder(path, out var tokenizer);
        var expectedIds = expected.Split(' ').SelectMany(piece => tokenizer.TokenToId(piece) is { } id && piece.Length > 1 ? [id] : tokenizer.Encode(piece, addSpecial: false));
        Assert.Equal(expectedIds, builder.Ids(text));
    }

    [Fact]
    public void A_tokenizer_larger_than_the_embedding_is_refused()
    {
        var program = Program(Llava, "100");
        var tokenizer = PromptBuilder.TokenizerFor(program, null);
        var message = Assert.Throws<InputException>(() => new PromptBuilder(program, tokenizer)).Message;
        Assert.Contains($"the tokenizer has {tokenizer.VocabSize} tokens, the model's embedding has 100 rows", message);
    }

    [Fact]
    public void What_no_row_of_the_embedding_is_read_for_needs_none()
    {
        var tokenizer = PromptBuilder.TokenizerFor(Program(Llava), null);
        // The placeholder comes last of its special tokens, after the padding.
        Assert.Equal(tokenizer.VocabSize - 1, tokenizer.TokenToId("<image>"));
        Assert.Equal(tokenizer.VocabSize - 2, tokenizer.Special.Pad);
        var rows = tokenizer.VocabSize - 2;
        Assert.NotNull(new PromptBuilder(Program(Llava, $"{rows}"), tokenizer));
        Assert.Throws<InputException>(() => new PromptBuilder(Program(Llava, $"{rows - 1}"), tokenizer));
    }

    [Fact]
    public void A_stop_may_be_any_text()
    {
        var newline = Builder("architectures/blip2.mllm", out var tokenizer);
        Assert.Equal(1, newline.Stops.Ending([.. tokenizer.Encode("cat\n", addSpecial: false)]));
        // Three tokens in bytes.
        var hashes = Builder("architectures/minigpt4.mllm", out tokenizer);
        Assert.Equal(3, hashes.Stops.Ending([.. tokenizer.Encode("cat###", addSpecial: false)]));
        Assert.Equal((0, 2), (hashes.Stops.Ending([.. tokenizer.Encode("cat##", addSpecial: false)]), hashes.Stops.Open([.. tokenizer.Encode("cat##", addSpecial: false)])));
        Assert.Equal(1, hashes.Stops.Ending([tokenizer.TokenToId("</s>")!.Value]));
    }

    [Fact]
    public void A_stop_after_a_word_may_have_other_tokens_than_by_itself()
    {
        var program = Program("architectures/minigpt4.mllm");
        var tokenizer = PromptBuilder.TokenizerFor(program, TestFiles.Data("tokenizers/sp_bpe/tokenizer.model"));
        var (alone, word, after) = (Ids("###"), Ids("cat"), Ids("cat###"));
        Assert.Equal(word, after[..word.Length]);
        Assert.NotEqual(alone, after[word.Length..]);

        var stops = new PromptBuilder(program, tokenizer).Stops;
        Assert.Equal((alone.Length, after.Length - word.Length), (stops.Ending(alone), stops.Ending(after)));

        long[] Ids(string text) => [.. tokenizer.Encode(text, addSpecial: false)];
    }

    private static PromptBuilder Builder(string path, out Runtime.Inputs.TextTokenizer tokenizer)
    {
        var program = Program(path);
        tokenizer = PromptBuilder.TokenizerFor(program, null);
        return new PromptBuilder(program, tokenizer);
    }

    private static ModelProgram Program(string path, string? vocab = null) =>
        ShippedModels.Load(path)!.Compile(new CompileRequest("tiny", vocab is null ? [] : [KeyValuePair.Create("llm", $"llama(96, depth: 2, heads: 6, vocab: {vocab}, context: 512)")])).Value!;
}
