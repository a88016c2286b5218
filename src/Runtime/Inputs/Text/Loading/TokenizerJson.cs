namespace Mllm.Runtime.Inputs;

/// <summary>Reads a Hugging Face <c>tokenizer.json</c>.</summary>
internal static class TokenizerJson
{
    public static TokenizerParts Read(byte[] utf8)
    {
        JsonPart file = JsonPart.Parse(utf8);
        TokenModel model = ModelJson.Read(file.Required("model"));
        Normalizer? normalizer = file.Child("normalizer") is { } normalizing ? NormalizerJson.Read(normalizing) : null;
        Frame frame = file.Child("post_processor") is { } framing ? PostProcessorJson.Read(framing) : Frame.None;
        var parts = new TokenizerParts(model)
        {
            Added = [.. file.Child("added_tokens")?.Items().Select(item => Added(item, item.Number("id"), model, normalizer)) ?? []],
            Prefix = frame.Prefix,
            Suffix = frame.Suffix,
            Decoder = file.Child("decoder") is { } decoding ? DecoderJson.Read(decoding) : [],
        };
        return parts with
        {
            Normalizer = normalizer ?? parts.Normalizer,
            PreTokenizer = file.Child("pre_tokenizer") is { } splitting ? PreTokenizerJson.Read(splitting) : parts.PreTokenizer,
        };
    }

    /// <summary>An added token as this file and <c>tokenizer_config.json</c> write it; a token of the vocabulary keeps its id there.</summary>
    public static AddedToken Added(JsonPart part, int id, TokenModel model, Normalizer? normalizer)
    {
        string content = part.Text("content");
        if (id is < 0 or > Vocabulary.MaxId)
        {
            throw part.Wrong($"an id from 0 to {Vocabulary.MaxId}");
        }

        bool special = part.Flag("special", false);
        bool normalized = part.Flag("normalized", !special);
        return new(content, model.Vocabulary.TryGetId(content, out int own) ? own : id)
        {
            Special = special,
            Normalized = normalized,
            LeftStrip = part.Flag("lstrip", false),
            RightStrip = part.Flag("rstrip", false),
            SingleWord = part.Flag("single_word", false),
            Pattern = normalized ? normalizer?.Invoke(content) : null,
        };
    }
}
