namespace Mllm.Runtime.Inputs;

/// <summary>Reads the <c>pre_tokenizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class PreTokenizerJson
{
    public static PreTokenizer Read(JsonPart part) => part.Type switch
    {
        "Sequence" => PreTokenizers.Sequence([.. part.Required("pretokenizers").Items().Select(Read)]),
        "Split" => PreTokenizers.Split(
            NormalizerJson.Pattern(part.Required("pattern")), Behavior(part.Required("behavior")), part.Flag("invert", false)),
        "ByteLevel" => PreTokenizers.ByteLevel(part.Flag("add_prefix_space", true), part.Flag("use_regex", true)),
        "Metaspace" => PreTokenizers.Metaspace(part.Character("replacement", '\u2581'), Prepend(part), part.Flag("split", true)),
        "Digits" => PreTokenizers.Digits(part.Flag("individual_digits", false)),
        "Punctuation" => PreTokenizers.Punctuation(part.Child("behavior") is { } behavior ? Behavior(behavior) : SplitBehavior.Isolated),
        "Whitespace" => PreTokenizers.Whitespace(),
        "WhitespaceSplit" => PreTokenizers.WhitespaceSplit(),
        "CharDelimiterSplit" => PreTokenizers.Split(TextPattern.Literal(part.Text("delimiter")), SplitBehavior.Removed),
        "BertPreTokenizer" => PreTokenizers.Bert(),
        _ => throw part.NotSupported("pre-tokenizer", "Sequence, Split, ByteLevel, Metaspace, Digits, Punctuation, Whitespace, "
            + "WhitespaceSplit, CharDelimiterSplit, BertPreTokenizer"),
    };

    /// <summary>Metaspace's scheme; older files say only <c>add_prefix_space</c>.</summary>
    public static PrependScheme Prepend(JsonPart part) => part.Child("prepend_scheme") is not { } scheme
        ? part.Flag("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never
        : scheme.AsText() switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw scheme.Wrong("always, first or never"),
        };

    private static SplitBehavior Behavior(JsonPart part) => part.AsText() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw part.Wrong("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
    };
}
