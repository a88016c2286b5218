namespace Mllm.Runtime.Inputs;

/// <summary>Reads the <c>decoder</c> of a <c>tokenizer.json</c>.</summary>
internal static class DecoderJson
{
    public static IReadOnlyList<DecodeStepKind> Read(JsonPart part) => part.Type switch
    {
        "Sequence" => [.. part.Required("decoders").Items().SelectMany(Read)],
        "ByteLevel" => [DecodeSteps.ByteLevel],
        "ByteFallback" => [DecodeSteps.ByteFallback],
        "Fuse" => [DecodeSteps.Fuse],
        "Strip" => [DecodeSteps.Strip(part.Character("content", ' '), part.Number("start", 0), part.Number("stop", 0))],
        "Replace" => [DecodeSteps.Replace(NormalizerJson.Pattern(part.Required("pattern")), part.Text("content"))],
        "Metaspace" => [DecodeSteps.Metaspace(part.Character("replacement", '\u2581'), PreTokenizerJson.Prepend(part))],
        "WordPiece" => [DecodeSteps.WordPiece(part.Text("prefix", "##"), part.Flag("cleanup", true))],
        "BPEDecoder" => [DecodeSteps.Bpe(part.Text("suffix", "</w>"))],
        _ => throw part.NotSupported("decoder", "Sequence, ByteLevel, ByteFallback, Fuse, Strip, Replace, Metaspace, WordPiece, BPEDecoder"),
    };
}
