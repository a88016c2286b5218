using TorchSharp;
using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Runtime.Verification;

/// <summary>Runs a reference's inputs through a model and compares everything that both can give.</summary>
public sealed partial class GoldenVerifier(MultimodalModel model, GoldenCase golden)
{
    private static readonly ImmutableArray<string> PixelNames = ["pixel_values", "images", "vision_x"];

    private readonly ModelProgram _program = model.Program;
    private readonly MediaTokens _tokens = MediaTokens.Of(model.Program, _ => null);

    /// <summary>The comparisons in order of name, and the names of expected tensors that the model does not give.</summary>
    public (ImmutableArray<Comparison> Compared, ImmutableArray<string> NotProduced) Run()
    {
        using var scope = NewDisposeScope();
        var produced = new Dictionary<string, Produced>(StringComparer.Ordinal);
        foreach (var group in golden.Groups)
            RunGroup(group, produced);
        var compared = golden.Expected.Where(produced.ContainsKey).Order(StringComparer.Ordinal).Select(n => Compare(n, produced[n])).ToImmutableArray();
        return (compared, [.. golden.Expected.Where(n => !produced.ContainsKey(n)).Order(StringComparer.Ordinal)]);
    }

    private Comparison Compare(string name, Produced found)
    {
        var reference = golden.Reference(name);
        if (found.Rows is not { } layout || reference.shape.Length < 2)
            return Comparison.Of(name, found.Value, reference);
        if (reference.size(0) != layout.Rows.Length || layout.Rows.Any(r => r.Length > reference.size(1)))
            return new Comparison(name, $"[{string.Join(", ", found.Value.shape)}]", double.NaN, 0, $"the reference is [{string.Join(", ", reference.shape)}]");
        return Comparison.Of(name, found.Value, reference, Where(layout, layout.Length), Where(layout, reference.size(1)));
    }

    /// <summary>The real positions of rows that are padded to a given length.</summary>
    private static Tensor Where(BatchLayout layout, long length)
    {
        var mask = new bool[layout.Rows.Length * length];
        for (var r = 0; r < layout.Rows.Length; r++)
            Array.Fill(mask, true, (int)(r * length + (layout.PadLeft ? length - layout.Rows[r].Length : 0)), layout.Rows[r].Length);
        return tensor(mask, [layout.Rows.Length, length]);
    }

    private void RunGroup(string group, Dictionary<string, Produced> produced)
    {
        void Give(string name, Tensor value, BatchLayout? rows = null) => produced[group + name] = new Produced(value.to(CPU), rows);

        var states = new HiddenStates(_program);
        var context = new RunContext { Observer = states.Observe };
        var pixels = PixelNames.Select(n => golden.Input(group + n)).FirstOrDefault(p => p is not null);
        if (pixels is not null)
            RunPictures(pixels, context, Give);
        if (_program.Decoder is null || golden.Input(group + "input_ids") is not { } ids)
        {
            foreach (var (index, state) in states.Take())
                Give($"hidden_states.{index}", state);
            return;
        }
        states.Take();
        var layout = Layout(ids, golden.Input(group + "attention_mask"), pixels);
        using var media = model.Media(layout.Rows, pixels is null ? null : Pixels(pixels), context);
        var hidden = model.Prefill(layout, media, context);
        states.IsInHead = true;
        var logits = model.Logits(hidden, context);
        states.IsInHead = false;
        Give("logits", logits, layout);
        Give("merged_attention_mask", tensor(layout.Valid, [layout.Rows.Length, layout.Length]), layout);
        Give("position_ids", tensor(layout.Positions, [layout.Rows.Length, layout.Length]), layout);
        foreach (var (index, state) in states.Take(states.Projected ?? hidden))
            Give($"hidden_states.{index}", state, layout);
        if (states.Embedded is { } embedded)
            Give("lm.inputs_embeds", embedded, layout);
        foreach (var name in golden.Expected.Where(n => n.StartsWith(group, StringComparison.Ordinal)).Select(n => n[group.Length..]))
            if (WovenLayer().Match(name) is { Success: true } match && states.Woven.TryGetValue(int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), out var woven))
                Give(name, woven, layout);
        if (golden.Input(group + "labels") is { } labels)
            Labels(ids, labels, layout, logits, Give);
        if (group.Length == 0 && golden.Expected.Contains("generate.ids"))
            Give("generate.ids", Greedy(ids, pixels, golden.Reference("generate.ids").size(1)));
    }

    /// <summary>Outputs of the encoders and bridges; references flatten pictures and frames in their own ways, so only the elements' order counts.</summary>
    private void RunPictures(Tensor pixels, RunContext context, Action<string, Tensor, BatchLayout?> give)
    {
        var inputs = Pixels(pixels);
        foreach (var output in _program.Outputs)
            give(output.Name, model.Output(output, inputs, context), null);
    }

    /// <summary>Pixels as [pictures, (frames,) 3, height, width] for every encoder.</summary>
    private Dictionary<string, Tensor> Pixels(Tensor pixels)
    {
        var (h, w) = (pixels.size(-2), pixels.size(-1));
        var frames = pixels.dim() >= 6 ? pixels.size(2) : 1;
        var shaped = _program.HasFrames ? pixels.reshape(-1, frames, 3, h, w) : pixels.reshape(-1, 3, h, w);
        return _program.Encoders.ToDictionary(e => e.Name, _ => shaped);
    }

    private BatchLayout Layout(Tensor ids, Tensor? mask, Tensor? pixels)
    {
        var (rows, length) = ((int)ids.size(0), (int)ids.size(1));
        var all = ids.data<long>().ToArray();
        var valid = mask?.to(ScalarType.Int64).data<long>().ToArray() ?? Enumerable.Repeat(1L, rows * length).ToArray();
        var perRow = pixels?.dim() >= 5 ? (int?)pixels.size(1) : null;
        var layouts = Enumerable.Range(0, rows).Select(r =>
        {
            var row = Enumerable.Range(r * length, length).Where(i => valid[i] != 0).Select(i => all[i]).ToArray();
            return PromptLayout.Of(_program, _tokens, row, _program.Injections.IsEmpty ? 0 : perRow);
        }).ToImmutableArray();
        var left = Enumerable.Range(0, rows).Any(r => valid[r * length] == 0);
        return BatchLayout.Pad(layouts, left);
    }

    private Tensor Greedy(Tensor ids, Tensor? pixels, long count)
    {
        using var first = ids.narrow(0, 0, 1);
        var layout = Layout(first.contiguous(), golden.Input("attention_mask")?.narrow(0, 0, 1).contiguous(), pixels);
        using var cache = new KvCache(layout.Length + count);
        var context = new RunContext { Cache = cache };
        using var media = model.Media(layout.Rows, pixels is null ? null : Pixels(pixels), context);
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

    /// <summary>Labels of the expanded sequence (visual tokens carry none) and the mean next-token cross-entropy.</summary>
    private void Labels(Tensor ids, Tensor labels, BatchLayout layout, Tensor logits, Action<string, Tensor, BatchLayout?> give)
    {
        const long ignored = -100;
        var (given, all) = (labels.data<long>().ToArray(), ids.data<long>().ToArray());
        var merged = new long[layout.Ids.Length];
        Array.Fill(merged, ignored);
        var length = (int)ids.size(1);
        for (var r = 0; r < layout.Rows.Length; r++)
        {
            var source = Enumerable.Range(r * length, length).Where(i => !_tokens.Ids.Contains(all[i]) || _program.Injections.All(j => j.Form == InjectionForm.Woven)).ToList();
            var next = layout.PadLeft ? source.Count - layout.Rows[r].Slots.Aggregate(layout.Rows[r].Length, (n, s) => n - s.Count(x => x >= 0)) : 0;
            for (var i = 0; i < layout.Rows[r].Length; i++)
                if (layout.Rows[r].Slots.All(s => s[i] < 0))
                    merged[r * layout.Length + layout.StartOf(r) + i] = given[source[next++]];
        }
        var target = tensor(merged, [layout.Rows.Length, layout.Length]);
        give("merged_labels", target, layout);
        var vocab = logits.size(2);
        var shifted = logits.to(CPU).narrow(1, 0, layout.Length - 1).reshape(-1, vocab).to(ScalarType.Float64);
        give("loss", nn.functional.cross_entropy(shifted, target.narrow(1, 1, layout.Length - 1).reshape(-1), ignore_index: ignored), null);
    }

    /// <summary>How references name what the woven block before (or after) a layer gives.</summary>
    [System.Text.RegularExpressions.GeneratedRegex(@"^layer(\d+)\.[^.]+\.output$")]
    private static partial System.Text.RegularExpressions.Regex WovenLayer();

    private sealed record Produced(Tensor Value, BatchLayout? Rows);
}
