namespace Mllm.Runtime.Inputs;

/// <summary>Loads tokenizers from files, or the built-in one.</summary>
public static class TokenizerLoader
{
    /// <summary>The source that means the built-in tokenizer: ids 0 to 255 are bytes, special tokens follow.</summary>
    public const string Bytes = "bytes";

    /// <summary>
    /// The tokenizer at <paramref name="source"/>, or why there is none.
    /// </summary>
    /// <param name="source">
    /// A folder with <c>tokenizer.json</c> or <c>tokenizer.model</c> (and, if there, <c>tokenizer_config.json</c>),
    /// one of those two files, or <see cref="Bytes"/>.
    /// </param>
    /// <param name="specials">Tokens that the model names; those that the tokenizer lacks are added in this order.</param>
    public static InputResult<TextTokenizer> Load(string source, IReadOnlyList<SpecialToken>? specials = null) =>
        InputResult<TextTokenizer>.Of(source == Bytes ? "the bytes tokenizer" : source, () => Complete(Read(source), specials ?? []));

    private static (TokenizerParts Parts, TokenizerConfig Config) Read(string source)
    {
        if (source == Bytes)
        {
            return (new TokenizerParts(new ByteModel()) { Decoder = [DecodeSteps.Bytes] }, new TokenizerConfig { AddBos = true });
        }

        string file = Directory.Exists(source) ? InFolder(source) : source;
        byte[] content = File.ReadAllBytes(file);
        TokenizerConfig config = TokenizerConfig.Read(Path.GetDirectoryName(Path.GetFullPath(file))!);

        // A SentencePiece model begins with the tag of its first piece, JSON with a brace or white space.
        return content.AsSpan().StartsWith("\n"u8) && !LooksLikeJson(content)
            ? FromSentencePiece(SentencePieceFile.Read(content), config)
            : (TokenizerJson.Read(content), config);
    }

    private static TextTokenizer Complete((TokenizerParts Parts, TokenizerConfig Config) read, IReadOnlyList<SpecialToken> specials)
    {
        var setup = new SpecialTokenSetup(read.Parts, read.Config);
        foreach (SpecialToken special in specials)
        {
            setup.Add(special);
        }

        return setup.Tokenizer();
    }

    private static string InFolder(string folder) =>
        new[] { "tokenizer.json", "tokenizer.model" }.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new UnusableInputException("the folder has neither tokenizer.json nor tokenizer.model");

    private static bool LooksLikeJson(ReadOnlySpan<byte> content) => content.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    private static (TokenizerParts Parts, TokenizerConfig Config) FromSentencePiece(SentencePieceFile file, TokenizerConfig config)
    {
        return (SentencePieceTokenizer.Parts(file), config with
        {
            Bos = config.Bos ?? Text(file.BosId),
            Eos = config.Eos ?? Text(file.EosId),
            Pad = config.Pad ?? Text(file.PadId),
            Unk = config.Unk ?? file.Pieces.FirstOrDefault(piece => piece.Kind == PieceKind.Unknown)?.Text,
        });

        string? Text(int id) => SentencePieceTokenizer.IsPiece(file, id) ? file.Pieces[id].Text : null;
    }
}
