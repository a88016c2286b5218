namespace Mllm.Runtime.Inputs;

/// <summary>The ids that stand around a single text.</summary>
internal sealed record Frame(IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix)
{
    public static readonly Frame None = new([], []);

    /// <summary>This frame with another one around it.</summary>
    public Frame Within(Frame outer) => new([.. outer.Prefix, .. Prefix], [.. Suffix, .. outer.Suffix]);
}

/// <summary>Reads the <c>post_processor</c> of a <c>tokenizer.json</c>: what it does to a single text.</summary>
internal static class PostProcessorJson
{
    public static Frame Read(JsonPart part) => part.Type switch
    {
        "Sequence" => part.Required("processors").Items().Select(Read).Aggregate(Frame.None, (inner, outer) => inner.Within(outer)),
        "ByteLevel" => Frame.None,
        "TemplateProcessing" => Template(part),
        "BertProcessing" or "RobertaProcessing" => new([NamedId(part.Required("cls"))], [NamedId(part.Required("sep"))]),
        _ => throw part.NotSupported("post-processor", "Sequence, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing"),
    };

    private static Frame Template(JsonPart part)
    {
        var prefix = new List<int>();
        List<int>? suffix = null;
        foreach (JsonPart item in part.Required("single").Items())
        {
            if (item.Child("SpecialToken") is { } special)
            {
                (suffix ?? prefix).AddRange(Ids(part, special));
            }
            else if (item.Child("Sequence") is not null && suffix is null)
            {
                suffix = [];
            }
            else
            {
                throw item.Wrong("a SpecialToken, or the one Sequence");
            }
        }

        return new(prefix, suffix ?? throw part.Required("single").Wrong("a template with a Sequence"));
    }

    private static IEnumerable<int> Ids(JsonPart template, JsonPart special) =>
        template.Required("special_tokens").Required(special.Text("id")).Required("ids").Items().Select(id => id.AsNumber());

    /// <summary>The id of a pair ["[CLS]", 101].</summary>
    private static int NamedId(JsonPart pair) => pair.Items().ToList() is [_, var id] ? id.AsNumber() : throw pair.Wrong("a token and its id");
}
