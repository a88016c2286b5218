using TorchSharp;
using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Runtime.Verification;

/// <summary>Runs a reference's inputs through a model and compares everything that both can give.</summary>
public sealed partial class GoldenVerifier(MultimodalModel model, GoldenCase golden)
{
    private static readonly ImmutableArray<string> PixelNames = ["pixel_values", "images", "image", "vision_x"];

    private readonly ModelProgram _program = model.Program;
    private readonly MediaTokens _tokens = MediaTokens.Of(model.Program, _ => null);

    /// <summary>The comparisons in order of name, and the names of expected tensors that the model does not give.</summary>
    public (ImmutableArray<Comparison> Compared, ImmutableArray<string> NotProduced) Run()
    {
        using var scope = NewDisposeScope();
        var compared = golden.Groups.SelectMany(g => RunGroup(g)).OrderBy(c => c.Name, StringComparer.Ordinal).ToImmutableArray();
        return (compared, [.. golden.Expected.Except(compared.Select(c => c.Name)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>
    /// Runs one call. References do not say whether their positions count padding; where it stands before real positions and the model is given no numbers,
    /// one of the two must agree in all that the call gives.
    /// </summary>
    private ImmutableArray<Comparison> RunGroup(string group)
    {
        var pixels = PixelNames.Select(n => golden.Input(group + n)).FirstOrDefault(p => p is not null);
        using var given = CaseTexts.Of(model, golden, group);
        var text = _program.Decoder is null ? null
            : CaseText.Of(_program, _tokens, golden, group, pixels, given.HasDecoderIds ? CaseTexts.DecoderStem : "");
        var compared = RunGroup(group, pixels, given, text, countsPadding: false);
        if (text is not { PadLeft: true } || compared.All(c => c.Passed))
            return compared;
        var counted = RunGroup(group, pixels, given, text, countsPadding: true);
        return counted.All(c => c.Passed) ? counted : compared;
    }

    private ImmutableArray<Comparison> RunGroup(string group, Tensor? pixels, CaseTexts given, CaseText? text, bool countsPadding)
    {
        var produced = new Dictionary<string, Produced>(StringComparer.Ordinal);
        void Give(string name, Tensor value, Padding? rows = null) => produced[group + name] = new Produced(value.to(CPU), rows);
        void GiveMasked(string name, Tensor value, Tensor? where) => produced[group + name] = new Produced(value.to(CPU), null) { Where = where?.to(CPU) };

        var states = new HiddenStates(_program);
        var context = new RunContext { Observer = states.Observe };
        RunOutputs(pixels, given, context, GiveMasked);
        if (text is null)
            foreach (var (index, state) in states.Take())
                Give($"hidden_states.{index}", state);
        else
            RunText(group, pixels, given, text, countsPadding, context, states, Give);
        return [.. golden.Expected.Where(produced.ContainsKey).Select(n => Compare(n, produced[n]))];
    }

    private void RunText(string group, Tensor? pixels, CaseTexts given, CaseText text, bool countsPadding, RunContext context, HiddenStates states, Action<string, Tensor, Padding?> give)
    {
        states.Take();
        var padding = Padded(text);
        var layout = countsPadding ? padding.To(null).WithPaddingCounted() : padding.To(null);
        using var media = model.Media(padding.Rows, pixels is null ? null : Pixels(pixels), context, given.Ids);
        var hidden = model.Prefill(layout, media, context);
        states.IsInHead = true;
        var logits = model.Logits(hidden, context);
        states.IsInHead = false;
        give(LogitsName(group), logits, padding);
        give("merged_attention_mask", Matrix(layout.Valid, layout), padding);
        give("position_ids", Matrix(layout.Positions, layout), padding);
        foreach (var (index, state) in states.Take(states.Projected ?? hidden))
            give($"hidden_states.{index}", state, padding);
        if (states.Embedded is { } embedded)
            give("lm.inputs_embeds", embedded, padding);
        foreach (var name in golden.Expected.Where(n => n.StartsWith(group, StringComparison.Ordinal)).Select(n => n[group.Length..]))
            if (WovenLayer().Match(name) is { Success: true } match && states.Woven.TryGetValue(int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), out var woven))
                give(name, woven, padding);
        if (text.Labels is { } labels)
            give("loss_labels", labels, null);
        if (text.LabelsFollow)
        {
            var whole = text with { Rows = [.. text.Rows.Select(r => r.Shifted())] };
            var longer = Padded(whole);
            Loss(whole, longer, longer.To(null), media, context, () => model.Logits(model.Prefill(longer.To(null), media, context), context), give);
        }
        else if (text.Rows.All(r => r.Labels is not null))
            Loss(text, padding, layout, media, context, () => logits, give);
        if (golden.Expected.Contains(group + "generate.ids") && golden.Reference(group + "generate.ids") is var continued)
            give("generate.ids", cat([.. Enumerable.Range(0, (int)continued.size(0)).Select(r => Greedy(text.Rows[r], r, pixels, given, continued.size(1)))]), null);
    }

    private Padding Padded(CaseText text)
    {
        var rows = text.Rows.Select(r => r.LayOut(_program, _tokens, r.Ids.Length)).ToImmutableArray();
        return new Padding(rows, text.PadLeft, _program.Injections.Where(i => i is { Form: InjectionForm.Prefix, Placeholder: null }).Sum(i => rows.Min(r => r.Images) * PromptLayout.TokensOf(i)));
    }

    /// <summary>The reference's name of the decoder's logits, which may say whose they are.</summary>
    private string LogitsName(string group)
    {
        var names = golden.Expected.Where(n => n.StartsWith(group, StringComparison.Ordinal)).Select(n => n[group.Length..]).ToList();
        return names.Contains("logits") ? "logits" : names.Where(n => n.EndsWith(".logits", StringComparison.Ordinal) && _program.Outputs.All(o => o.Name != n)).FirstOrDefault("logits");
    }

    private Comparison Compare(string name, Produced found)
    {
        var reference = golden.Reference(name);
        if (found.Where is { } where && found.Value.shape.SequenceEqual(reference.shape))
            return Comparison.Of(name, found.Value, reference, where, where);
        if (found.Rows is not { } padding || reference.shape.Length < 2)
            return Comparison.Of(name, found.Value, reference);
        if (reference.size(0) != padding.Rows.Length || padding.Rows.Any(r => r.Length > reference.size(1)))
            return new Comparison(name, $"[{string.Join(", ", found.Value.shape)}]", double.NaN, 0, $"the reference is [{string.Join(", ", reference.shape)}]");
        return Comparison.Of(name, found.Value, reference, Where(padding.To(null)), Where(padding.To((int)reference.size(1))));
    }

    /// <summary>The real positions, [rows, length].</summary>
    private static Tensor Where(BatchLayout layout) => Matrix(layout.Valid, layout);

    private static Tensor Matrix(bool[] values, BatchLayout layout) => tensor(values, [layout.Rows.Length, layout.Length]);

    private static Tensor Matrix(long[] values, BatchLayout layout) => tensor(values, [layout.Rows.Length, layout.Length]);

    /// <summary>
    /// The named outputs: of encoders, bridges and texts for each sample, and those of the batch. References flatten pictures and frames in their own ways, so only the
    /// elements' order counts.
    /// </summary>
    private void RunOutputs(Tensor? pixels, CaseTexts given, RunContext context, Action<string, Tensor, Tensor?> give)
    {
        var inputs = pixels is null ? [] : Pixels(pixels);
        foreach (var output in _program.Outputs)
        {
            var names = _program.Graph.Function(_program.Graph.Entry(output.Entry)!.Function).Inputs.Select(i => i.Name).ToList();
            if (!names.All(n => EntryInputs.IsPixels(n) ? pixels is not null : given.Has(n)))
                continue;
            var value = output.IsOfBatch
                ? model.OverBatch(output.Entry, n => EntryInputs.IsPixels(n) ? inputs.Values.First() : given.Input(n), given.Masks, new RunContext { Drawn = given.Drawn })
                : model.Output(output.Entry, inputs, context, given.Ids);
            give(output.Name, value, output.IsOfBatch || context.ResultMasks.Count == 0 ? null : context.ResultMasks[0]);
        }
    }

    /// <summary>Pixels as [pictures, (frames,) 3, height, width] for every encoder.</summary>
    private Dictionary<string, Tensor> Pixels(Tensor pixels)
    {
        var (h, w) = (pixels.size(-2), pixels.size(-1));
        var frames = pixels.dim() >= 6 ? pixels.size(2) : 1;
        var shaped = _program.HasFrames ? pixels.reshape(-1, frames, 3, h, w) : pixels.reshape(-1, 3, h, w);
        return _program.Encoders.ToDictionary(e => e.Name, _ => shaped);
    }

    /// <summary>The tokens that a sequence is continued by, [1, count].</summary>
    private Tensor Greedy(CaseRow row, int number, Tensor? pixels, CaseTexts given, long count)
    {
        var start = _program.Tokenizer.Special.FirstOrDefault(s => s.Key == _program.Prompt?.Start).Value;
        var rows = ImmutableArray.Create(start is { } id ? PromptLayout.Of(_program, _tokens, [id], row.Images) : row.LayOut(_program, _tokens, row.Prompt));
        var layout = BatchLayout.Pad(rows, left: true);
        using var cache = new KvCache(layout.Length + count);
        var context = new RunContext { Cache = cache };
        using var media = model.Media(rows, pixels is null ? null : Pixels(pixels).ToDictionary(p => p.Key, p => p.Value.narrow(0, number * rows[0].Images, rows[0].Images)), context, given.Row(number));
        var chosen = new List<long>();
        var hidden = model.Prefill(layout, media, context);
        var index = layout.ImageIndex[^1];
        while (true)
        {
            using var last = hidden.narrow(1, hidden.size(1) - 1, 1);
            chosen.Add(model.Logits(last, context).argmax(-1).item<long>());
            if (chosen.Count == count)
                return tensor(chosen.ToArray(), [1, count]);
            hidden = model.Step(tensor([chosen[^1]], [1, 1], device: model.Device), tensor([layout.Length + chosen.Count - 1L], [1, 1], device: model.Device), tensor([index], [1, 1], device: model.Device), media, context);
        }
    }

    /// <summary>Labels of the expanded sequence (visual tokens carry none) and the loss: by a stage of language modelling where there is one, else the mean next-token cross-entropy.</summary>
    private void Loss(CaseText text, Padding padding, BatchLayout layout, MediaState? media, RunContext context, Func<Tensor> logits, Action<string, Tensor, Padding?> give)
    {
        var merged = new long[layout.Ids.Length];
        Array.Fill(merged, CaseText.Ignored);
        for (var r = 0; r < layout.Rows.Length; r++)
        {
            // Ids that pictures replace stand nowhere; those that only mark one do.
            var isText = Enumerable.Range(0, layout.Rows[r].Length).Where(i => layout.Rows[r].Slots.All(s => s[i] < 0)).ToList();
            var (ids, labels) = (text.Rows[r].Ids, text.Rows[r].Labels!);
            var next = 0;
            foreach (var i in isText)
            {
                while (ids[next] != layout.Rows[r].Ids[i])
                    next++;
                merged[r * layout.Length + layout.Places[r][i]] = labels[next++];
            }
        }
        var target = Matrix(merged, layout);
        give("merged_labels", target, padding);
        var inputs = model.LanguageInputs(layout, media, target);
        foreach (var loss in _program.Stages.Select(s => s.Loss).OfType<string>())
            if (_program.Graph.Function(_program.Graph.Entry(loss)!.Function).Inputs.All(i => inputs.ContainsKey(i.Name)))
            {
                give("loss", model.OverBatch(loss, n => inputs[n], media?.Masks.Where(m => inputs.ContainsKey(m.Key)).ToDictionary(), context), null);
                return;
            }
        var found = logits();
        var vocab = found.size(2);
        var shifted = found.to(CPU).narrow(1, 0, layout.Length - 1).reshape(-1, vocab).to(ScalarType.Float64);
        give("loss", nn.functional.cross_entropy(shifted, target.narrow(1, 1, layout.Length - 1).reshape(-1), ignore_index: CaseText.Ignored), null);
    }

    /// <summary>How references name what the woven block before (or after) a layer gives.</summary>
    [System.Text.RegularExpressions.GeneratedRegex(@"^layer(\d+)\.[^.]+\.output$")]
    private static partial System.Text.RegularExpressions.Regex WovenLayer();

    private sealed record Produced(Tensor Value, Padding? Rows)
    {
        /// <summary>Which leading positions count; null for all, or where <see cref="Rows"/> says it.</summary>
        public Tensor? Where { get; init; }
    }

    /// <summary>How the rows of a call are padded, to whatever length.</summary>
    private sealed record Padding(ImmutableArray<RowLayout> Rows, bool IsLeft, int Prefix)
    {
        public BatchLayout To(int? length) => BatchLayout.Pad(Rows, IsLeft, Prefix, length);
    }
}
