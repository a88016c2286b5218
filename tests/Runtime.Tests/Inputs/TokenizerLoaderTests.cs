using System.Text;
using Mllm.Runtime.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Inputs;

public sealed class TokenizerLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mllm-tokenizer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Bytes_need_no_file()
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(
            "bytes", [new("<s>", Role: TokenRole.Bos), new("</s>", Role: TokenRole.Eos), new("<image>")]).Value;
        Assert.Equal(new SpecialIds(256, 257, null, null), tokenizer.Special);
        Assert.Equal(259, tokenizer.VocabSize);
        Assert.Equal([256, 'h', 'i', 258, 0xC3, 0xA9], tokenizer.Encode("hi<image>é", addSpecial: true));
        Assert.Equal("hi<image>é", tokenizer.Decode(['h', 'i', 258, 0xC3, 0xA9]));
        Assert.Equal("hié", tokenizer.Decode(['h', 'i', 258, 0xC3, 0xA9], skipSpecial: true));
        Assert.Equal([], tokenizer.Encode("", addSpecial: false));
        Assert.Equal([.. Enumerable.Range(0, 128).Select(i => (long)i)], tokenizer.Encode(new string([.. Enumerable.Range(0, 128).Select(i => (char)i)]), false));
    }

    [Fact]
    public void Tokens_that_the_model_names_are_looked_up_or_added()
    {
        TextTokenizer plain = Toy("llama_style");
        TextTokenizer tokenizer = TokenizerLoader.Load(
            TestFiles.Data("tokenizers/llama_style"), [new("<image>"), new("<far>", 1000), new("<next>"), new("cat", Role: TokenRole.Pad)]).Value;
        Assert.Equal(plain.VocabSize, tokenizer.TokenToId("<image>"));
        Assert.Equal(1000, tokenizer.TokenToId("<far>"));
        Assert.Equal(1001, tokenizer.TokenToId("<next>"));
        Assert.Equal(1002, tokenizer.VocabSize);
        Assert.Equal(plain.TokenToId("cat"), tokenizer.Special.Pad);
        Assert.Equal("<image>", tokenizer.IdToToken(plain.VocabSize));
        Assert.True(tokenizer.IsSpecial(1000));
        Assert.Equal([1, plain.VocabSize, .. plain.Encode("the", false)], tokenizer.Encode("<image>the", addSpecial: true));
    }

    public static TheoryData<SpecialToken, string> Impossible => new()
    {
        { new("<s>", 7), "the token <s> has the id 1 here, not 7" },
        { new("<image>", 2), "the token <image> asks for the id 2, which is </s> here" },
        { new("<image>", -1), "the token <image> asks for the id -1; ids from 0 to 16777215 are accepted" },
        { new(""), "a special token cannot be empty" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Tokens_that_cannot_be_added_are_an_error(SpecialToken token, string error)
    {
        string path = TestFiles.Data("tokenizers/llama_style");
        Assert.Equal($"{path}: {error}", TokenizerLoader.Load(path, [token]).Error);
    }

    [Fact]
    public void The_config_names_roles_and_says_whether_bos_and_eos_are_added()
    {
        File.Copy(TestFiles.Data("tokenizers/llama_style/tokenizer.json"), Path.Combine(_folder, "tokenizer.json"));
        long the = Toy("llama_style").Encode("the", false).Single();

        // Without a config the usual names count, and the file's own template.
        Assert.Equal(new SpecialIds(1, 2, null, 0), Load().Special);
        Assert.Equal([1, the], Load().Encode("the", true));

        Config("""{"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "pad_token": null, "add_bos_token": false, "add_eos_token": true}""");
        Assert.Equal(new SpecialIds(1, 2, null, null), Load().Special);
        Assert.Equal([the, 2], Load().Encode("the", true));
        Assert.Equal([the], Load().Encode("the", false));

        Config("""{"bos_token": "<s>", "pad_token": "<pad>", "added_tokens_decoder": {"900": {"content": "<pad>", "special": true}, "901": {"content": "<image>", "rstrip": true}}}""");
        Assert.Equal(new SpecialIds(1, null, 900, null), Load().Special);
        Assert.Equal([900, 901, the], Load().Encode("<pad><image>  the", false));

        // The file itself may be named instead of its folder.
        Assert.Equal(900, TokenizerLoader.Load(Path.Combine(_folder, "tokenizer.json")).Value.Special.Pad);

        TextTokenizer Load() => TokenizerLoader.Load(_folder).Value;
        void Config(string text) => File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), text);
    }

    [Fact]
    public void A_sentencepiece_model_gets_its_roles_from_the_file_and_more_tokens_from_beside_it()
    {
        File.Copy(TestFiles.Data("tokenizers/sp_bpe/tokenizer.model"), Path.Combine(_folder, "tokenizer.model"));
        File.WriteAllText(Path.Combine(_folder, "added_tokens.json"), """{"<pad>": 900}""");
        TextTokenizer tokenizer = TokenizerLoader.Load(_folder).Value;
        Assert.Equal(new SpecialIds(1, 2, 900, 0), tokenizer.Special);
        long the = tokenizer.TokenToId("▁the")!.Value;
        Assert.Equal([1, the, 900, the, 2], tokenizer.Encode("the<pad>the</s>", addSpecial: true));
        Assert.Equal("the the é", tokenizer.Decode(tokenizer.Encode("the the é", false)));

        // A model without BOS is of T5's family and ends with EOS.
        Assert.Equal([1], TokenizerLoader.Load(TestFiles.Data("tokenizers/sp_unigram")).Value.Encode("", addSpecial: true));
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}", "the file has no model")]
    [InlineData("[]", "the file is [], expected an object")]
    [InlineData("""{"model": {"type": "WordLevel", "vocab": {}}}""", "the file.model: the model WordLevel is not supported; supported are BPE, WordPiece, Unigram")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}}""", "the file.model.merges names the token b, which is not in the vocabulary")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "a merge of the file.model.merges is \"a\", expected two tokens")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "the token a has the id -1; ids from 0 to 16777215 are accepted")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": "x"}, "merges": []}}""", "an id of the vocabulary is \"x\", expected a whole number")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"\ud800": 1}, "merges": []}}""", "a string holds half of a surrogate pair")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": [], "unk_token": "<unk>"}}""", "the unknown token <unk> is not in the vocabulary")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}}""", "the file.model.dropout is 0.1, expected no dropout")]
    [InlineData("""{"model": {"type": "Unigram", "vocab": [["a", -1.0]], "unk_id": 4}}""", "the file.model.unk_id is 4, expected an id below 1")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "normalizer": {"type": "Nmt"}}""", "the file.normalizer: the normalizer Nmt is not supported; supported are Sequence, NFC")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}}""", "the precompiled character map is damaged")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "UnicodeScripts"}]}}""", "the file.pre_tokenizer.pretokenizers[0]: the pre-tokenizer UnicodeScripts is not supported")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}}""", "the pattern (a is not supported")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "[a&&b]"}, "behavior": "Isolated"}}""", "the pattern [a&&b] uses nested or intersected character classes")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "decoder": {"type": "CTC"}}""", "the file.decoder: the decoder CTC is not supported")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "post_processor": {"type": "TemplateProcessing", "single": []}}""", "the file.post_processor.single is [], expected a template with a Sequence")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}, "added_tokens": [{"id": 99999999, "content": "x"}]}""", "the file.added_tokens[0] is")]
    public void Files_that_cannot_be_used_give_an_error_that_says_why(string json, string error)
    {
        string path = Path.Combine(_folder, "tokenizer.json");
        File.WriteAllText(path, json);
        Assert.StartsWith($"{path}: {error}", TokenizerLoader.Load(path).Error);
    }

    [Fact]
    public void A_place_without_a_tokenizer_is_an_error()
    {
        Assert.Equal($"{_folder}: the folder has neither tokenizer.json nor tokenizer.model", TokenizerLoader.Load(_folder).Error);
        Assert.Equal("no/such/place: no such file", TokenizerLoader.Load("no/such/place").Error);
        File.WriteAllBytes(Path.Combine(_folder, "tokenizer.model"), [10, 200, 1, 2]);
        Assert.Equal($"{_folder}: not a SentencePiece model, or a damaged one", TokenizerLoader.Load(_folder).Error);
    }

    [Fact]
    public void A_byte_order_mark_is_accepted_and_other_encodings_are_not()
    {
        string path = Path.Combine(_folder, "tokenizer.json");
        byte[] json = File.ReadAllBytes(TestFiles.Data("tokenizers/t5_style/tokenizer.json"));
        File.WriteAllBytes(path, [.. "\uFEFF"u8, .. json]);
        Assert.Null(TokenizerLoader.Load(path).Error);
        File.WriteAllBytes(path, Encoding.Unicode.GetBytes("{\u00e9}"));
        Assert.Equal($"{path}: not valid JSON: it is not UTF-8 text", TokenizerLoader.Load(path).Error);
    }

    [Theory]
    [InlineData("llama_style/tokenizer.json")]
    [InlineData("t5_style/tokenizer.json")]
    [InlineData("bert_style/tokenizer.json")]
    [InlineData("sp_bpe/tokenizer.model")]
    [InlineData("sp_unigram/tokenizer.model")]
    public void Damaged_files_never_throw(string name)
    {
        byte[] original = File.ReadAllBytes(TestFiles.Data($"tokenizers/{name}"));
        string path = Path.Combine(_folder, Path.GetFileName(name));
        var random = new Random(2);
        int unusable = 0;
        for (int i = 0; i < 150; i++)
        {
            byte[] file = [.. original];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                file[random.Next(file.Length)] = (byte)random.Next(256);
            }

            // Half of them are cut off too.
            File.WriteAllBytes(path, i % 2 == 0 ? file : file[..random.Next(file.Length)]);
            if (TokenizerLoader.Load(path).TryGet(out TextTokenizer? tokenizer, out _))
            {
                long[] ids = tokenizer.Encode("the cat é 🚀 <s> ﬁ①\n", addSpecial: true);
                tokenizer.Decode(ids);
            }
            else
            {
                unusable++;
            }
        }

        Assert.InRange(unusable, 1, 149);
    }

    private static TextTokenizer Toy(string name) => TokenizerLoader.Load(TestFiles.Data($"tokenizers/{name}")).Value;
}
