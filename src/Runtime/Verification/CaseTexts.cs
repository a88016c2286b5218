using Mllm.Compiler.Ir;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Verification;

/// <summary>
/// The texts of one call of a reference beside the decoder's own sequence. A model that takes a text for its pictures or outputs reads it from <c>input_ids</c>; the decoder's
/// sequence is then called <c>decoder_input_ids</c>, or there is none.
/// </summary>
internal sealed record CaseTexts(IReadOnlyDictionary<string, TextRows> Ids, bool HasDecoderIds, IReadOnlyDictionary<string, Tensor> Drawn) : IDisposable
{
    public const string DecoderStem = "decoder_";
    private static readonly Scalar Ignored = CaseText.Ignored;


    public static CaseTexts Of(MultimodalModel model, GoldenCase golden, string group)
    {
        var program = model.Program;
        var taken = new[] { "encode" }.Concat(program.Outputs.Select(o => o.Entry)).SelectMany(e => model.TextsOf(e)).ToHashSet();
        var rows = new Dictionary<string, TextRows>(StringComparer.Ordinal);
        var drawn = golden.Inputs.Where(n => n.StartsWith(group, StringComparison.Ordinal) && n.EndsWith("_idx", StringComparison.Ordinal))
            .ToDictionary(n => n[group.Length..], n => golden.Input(n)!.to(ScalarType.Int64).unsqueeze(0));
        if (golden.Input(group + "input_ids") is { } ids)
            foreach (var text in program.Texts.Where(t => taken.Contains(t.Name)))
            {
                using var given = golden.Input(group + "attention_mask");
                using var mask = given?.to(ScalarType.Bool);
                using var full = mask?.all();
                rows.Add(text.Name, new TextRows(ids.to(ScalarType.Int64), full is null || full.item<bool>() ? null : mask!.clone()));
            }
        var hasDecoderIds = golden.Input($"{group}{DecoderStem}input_ids") is not null;
        return new CaseTexts(rows, hasDecoderIds, drawn);
    }

    /// <summary>Which elements of the inputs are real, by their names; null where all are.</summary>
    public IReadOnlyDictionary<string, Tensor>? Masks => Ids.Values.All(t => t.Mask is null) ? null
        : Ids.Where(t => t.Value.Mask is not null).SelectMany(t => new[] { KeyValuePair.Create(EntryInputs.Text + t.Key, t.Value.Mask!), KeyValuePair.Create(EntryInputs.Labels + t.Key, t.Value.Mask!) }).ToDictionary();

    public bool Has(string input) => Name(input) is { } name && Ids.ContainsKey(name);

    /// <summary>The input of an entry over a batch: a text's ids, or its labels, which ignore padding.</summary>
    public Tensor Input(string input)
    {
        var text = Ids[Name(input)!];
        if (EntryInputs.After(EntryInputs.Text, input) is not null || text.Mask is null)
            return text.Ids;
        using var padding = text.Mask.logical_not();
        return text.Ids.masked_fill(padding, Ignored);
    }

    /// <summary>One row of every text, without its padding.</summary>
    public Dictionary<string, TextRows> Row(int row) => Ids.ToDictionary(t => t.Key, t =>
    {
        using var ids = t.Value.Ids.narrow(0, row, 1);
        using var mask = t.Value.Mask?.narrow(0, row, 1);
        return new TextRows(mask is null ? ids.clone() : ids.masked_select(mask).unsqueeze(0), null);
    });

    private static string? Name(string input) => EntryInputs.After(EntryInputs.Text, input) ?? EntryInputs.After(EntryInputs.Labels, input);

    public void Dispose()
    {
        foreach (var text in Ids.Values)
            text.Dispose();
    }
}
