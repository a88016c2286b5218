namespace Mllm.Runtime.Inputs;

/// <summary>Reads the <c>normalizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class NormalizerJson
{
    public static Normalizer Read(JsonPart part) => part.Type switch
    {
        "Sequence" => Normalizers.Sequence([.. part.Required("normalizers").Items().Select(Read)]),
        "NFC" => UnicodeForm.Nfc.Apply,
        "NFD" => UnicodeForm.Nfd.Apply,
        "NFKC" => UnicodeForm.Nfkc.Apply,
        "NFKD" => UnicodeForm.Nfkd.Apply,
        "Lowercase" => Normalizers.Lowercase,
        "Strip" => Normalizers.Strip(part.Flag("strip_left", true), part.Flag("strip_right", true)),
        "StripAccents" => Normalizers.StripAccents,
        "Prepend" => Normalizers.Prepend(part.Text("prepend")),
        "Replace" => Normalizers.Replace(Pattern(part.Required("pattern")), part.Text("content")),
        "ByteLevel" => ByteLevelAlphabet.Spell,
        "Precompiled" => new CharsMap(Base64(part.Required("precompiled_charsmap"))).ApplyToGraphemes,
        "BertNormalizer" => Bert(part).Apply,
        _ => throw part.NotSupported("normalizer", "Sequence, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Prepend, "
            + "Replace, ByteLevel, Precompiled, BertNormalizer"),
    };

    /// <summary>A pattern: <c>{"String": ..}</c> or <c>{"Regex": ..}</c>.</summary>
    public static TextPattern Pattern(JsonPart part) =>
        part.Child("String") is { } literal ? TextPattern.Literal(literal.AsText())
        : part.Child("Regex") is { } expression ? TextPattern.Regex(expression.AsText())
        : throw part.Wrong("{\"String\": ..} or {\"Regex\": ..}");

    private static BertNormalizer Bert(JsonPart part)
    {
        bool lowercase = part.Flag("lowercase", true);
        return new(
            part.Flag("clean_text", true),
            part.Flag("handle_chinese_chars", true),
            part.Flag("strip_accents", lowercase),
            lowercase);
    }

    private static byte[] Base64(JsonPart part) =>
        part.Element.ValueKind == System.Text.Json.JsonValueKind.String && part.Element.TryGetBytesFromBase64(out byte[]? bytes)
            ? bytes
            : throw part.Wrong("Base64");
}
