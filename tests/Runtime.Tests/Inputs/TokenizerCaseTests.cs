using System.Text.Json;
using Mllm.Runtime.Inputs;
using Xunit;
using Xunit.Abstractions;

namespace Mllm.Runtime.Tests.Inputs;

/// <summary>Whole tokenizers against the ids and texts that the reference implementations give.</summary>
public class TokenizerCaseTests(ITestOutputHelper output)
{
    private sealed record Case(string Text, long[] Ids, long[]? WithSpecial, string? Decoded, string? DecodedWithoutSpecial);

    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static TheoryData<string> Toys =>
        [.. Directory.GetDirectories(TestFiles.Data("tokenizers")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Toys))]
    public void Ids_and_texts_equal_the_reference(string name)
    {
        string folder = TestFiles.Data($"tokenizers/{name}");
        TextTokenizer tokenizer = TokenizerLoader.Load(folder).Value;
        Case[] cases = JsonSerializer.Deserialize<Case[]>(File.ReadAllText(Path.Combine(folder, "cases.json")), Snake)!;
        Assert.NotEmpty(cases);
        Assert.All(cases, c =>
        {
            Assert.Equal(c.Ids, tokenizer.Encode(c.Text, addSpecial: false));
            Assert.Equal(c.WithSpecial ?? tokenizer.Encode(c.Text, addSpecial: true), tokenizer.Encode(c.Text, addSpecial: true));
            Assert.Equal(c.Decoded ?? tokenizer.Decode(c.Ids), tokenizer.Decode(c.Ids));
            Assert.Equal(c.DecodedWithoutSpecial ?? "", c.WithSpecial is { } ids ? tokenizer.Decode(ids, skipSpecial: true) : "");

            // Broken runs of byte tokens are the one thing that streaming shows otherwise.
            if (!tokenizer.Decode(c.Ids).Contains('\uFFFD') || c.Text.Contains('\uFFFD'))
            {
                Assert.Equal(tokenizer.Decode(c.Ids), Streamed(tokenizer.StartDecoding(skipSpecial: false), c.Ids));
                Assert.Equal(tokenizer.Decode(c.Ids, skipSpecial: true), Streamed(tokenizer.StartDecoding(), c.Ids));
            }
        });
    }

    [Theory]
    [InlineData("mistral")]
    [InlineData("llama2", "mistral")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    public void Ids_and_texts_equal_the_shared_reference(string name, string? folder = null)
    {
        // The large files are not in every checkout: MLLM_TOKENIZERS may name a folder that holds them by name.
        string? file = Environment.GetEnvironmentVariable("MLLM_TOKENIZERS") is { } tokenizers && Directory.Exists(Path.Combine(tokenizers, folder ?? name))
            ? Path.Combine(tokenizers, folder ?? name)
            : TestFiles.Golden($"tokenizers/{folder ?? name}", output);
        if (TestFiles.Golden($"tokenizers/{name}.json", output) is not { } path || file is null)
        {
            return;
        }

        TextTokenizer tokenizer = TokenizerLoader.Load(file).Value;
        JsonElement golden = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        bool addSpecial = golden.GetProperty("add_special_tokens").GetBoolean();
        foreach (Case c in golden.GetProperty("cases").Deserialize<Case[]>(Snake)!)
        {
            Assert.Equal(c.Ids, tokenizer.Encode(c.Text, addSpecial));
            Assert.Equal(c.Decoded, tokenizer.Decode(c.Ids));
            Assert.Equal(c.Decoded, Streamed(tokenizer.StartDecoding(skipSpecial: false), c.Ids));
        }
    }

    private static string Streamed(StreamingDecoder decoder, IEnumerable<long> ids) =>
        string.Concat(ids.Select(decoder.Next)) + decoder.Finish();
}
