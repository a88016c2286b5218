using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Model;
using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>A materialised model with its program: runs the entries of the graph over batches.</summary>
public sealed partial class MultimodalModel(ModelProgram program, CompiledModel weights, ExecutorOptions? options = null) : IDisposable
{
    public ModelProgram Program => program;

    public CompiledModel Weights => weights;

    public Executor Executor { get; } = new(weights, options);

    public Device Device => weights.Device;

    /// <summary>Encodes pictures, with the texts that their encoding depends on.</summary>
    /// <param name="pixels">By encoder: [pictures, 3, height, width], or [pictures, frames, 3, height, width] where a bridge takes frames.</param>
    /// <param name="texts">By name, one row for each picture.</param>
    /// <returns>For each injection its tokens, [pictures, tokens, width]; the caller disposes.</returns>
    public Tensor[] Encode(IReadOnlyDictionary<string, Tensor> pixels, RunContext? context = null, IReadOnlyDictionary<string, TextRows>? texts = null) =>
        Run("encode", pixels, texts, context ?? new RunContext());

    /// <summary>A named output or a score, for each picture and the texts beside it.</summary>
    /// <param name="entry">The entry of an <see cref="Compiler.Model.Output"/> or a task that is not of a batch.</param>
    public Tensor Output(string entry, IReadOnlyDictionary<string, Tensor> pixels, RunContext? context = null, IReadOnlyDictionary<string, TextRows>? texts = null) =>
        Run(entry, pixels, texts, context ?? new RunContext())[0];

    /// <summary>Whether what enters the language model is computed from pictures, or from texts alone.</summary>
    public bool EncodesPictures => program.TakesPictures("encode");

    /// <summary>The texts that an entry takes.</summary>
    public ImmutableArray<string> TextsOf(string entry) => program.TextsOf(entry);

    private Tensor[] Run(string entry, IReadOnlyDictionary<string, Tensor> pixels, IReadOnlyDictionary<string, TextRows>? texts, RunContext context) =>
        Entry(entry, name => pixels[EntryInputs.EncoderOf(name, only: program.Encoders[0].Name)], texts, context);

    /// <summary>Runs an entry over rows: pictures, or texts, or both.</summary>
    /// <param name="inputs">Gives each input that is not a text.</param>
    internal Tensor[] Entry(string entry, Func<string, Tensor> inputs, IReadOnlyDictionary<string, TextRows>? texts, RunContext context)
    {
        var names = TextsOf(entry);
        if (names.FirstOrDefault(n => texts?.ContainsKey(n) != true) is { } missing)
            throw new InputException($"the text '{missing}' is missing, on which the model depends here");
        context.Masks = names.Any(n => texts![n].Mask is not null)
            ? names.Where(n => texts![n].Mask is not null).ToDictionary(n => EntryInputs.Text + n, n => texts![n].Mask!) : null;
        Tensor[] given = [.. program.Graph.Function(program.Graph.Entry(entry)!.Function).Inputs.Select(i => EntryInputs.After(EntryInputs.Text, i.Name) is { } text ? texts![text].Ids : inputs(i.Name))];
        return Executor.Run(entry, given, context);
    }

    /// <summary>Encodes the pictures of a batch, and makes what the language model keeps of them for a whole generation.</summary>
    /// <param name="pixels">As for <see cref="Encode"/>, the pictures of all rows one after another; null when there are none.</param>
    /// <param name="texts">The texts beside the rows' prompts, by name.</param>
    /// <returns>Null where there is nothing that the language model could take.</returns>
    /// <exception cref="InputException">There are more or fewer pictures than the rows have.</exception>
    public MediaState? Media(ImmutableArray<RowLayout> rows, IReadOnlyDictionary<string, Tensor>? pixels, RunContext context, IReadOnlyDictionary<string, TextRows>? texts = null)
    {
        if (program.Injections.IsEmpty)
            return null;
        var counts = EncodesPictures ? rows.Select(r => r.Images).ToArray() : [.. rows.Select(_ => 1)];
        if (!EncodesPictures)
            pixels = new Dictionary<string, Tensor>();
        var takesTexts = TextsOf("encode").Length > 0;
        if (program.Injections.Any(i => i.IsSingle) && counts.Any(c => c != 1))
            throw new InputException($"'{program.Name}' generates from one picture at a time: each prompt needs exactly one picture");
        var (expected, given) = (counts.Sum(), pixels is null ? [0] : pixels.Values.Select(p => p.size(0)).ToArray());
        if (given.Any(g => g != expected))
            throw new InputException($"the prompts have {expected} picture{(expected == 1 ? "" : "s")}, {given.First(g => g != expected)} were given");
        if (expected == 0 && program.Injections.All(i => i.Form == InjectionForm.Prefix))
            return null;
        // A row's text goes with each of its pictures.
        var repeated = takesTexts && expected > 0 ? texts?.ToDictionary(t => t.Key, t => t.Value.Repeat(counts)) : null;
        var encoded = expected == 0 ? null : Encode(pixels!, context, repeated);
        foreach (var text in repeated?.Values.AsEnumerable() ?? [])
            text.Dispose();
        var gathered = Gather(rows.Length, counts, encoded, encoded is null ? new Dictionary<int, Tensor>() : context.ResultMasks);
        return Media(gathered.Media, gathered.ImageCount, context, gathered.Masks.ToDictionary());
    }

    /// <summary>Puts the tokens of pictures into their rows.</summary>
    /// <param name="counts">How many pictures each row has.</param>
    /// <param name="encoded">What <see cref="Encode"/> gives for the pictures of all rows one after another, which is disposed; null where there are none.</param>
    /// <param name="found">Which of the tokens are real, by injection, as <see cref="RunContext.ResultMasks"/> says it; disposed.</param>
    internal MediaState Gather(int rows, int[] counts, Tensor[]? encoded, IReadOnlyDictionary<int, Tensor> found)
    {
        var masks = found.ToDictionary(m => $"media{m.Key}", m => ByRows(program.Injections[m.Key], m.Value));
        foreach (var mask in found.Values)
            mask.Dispose();
        // An operand of the decoder has no rule that says which pictures a row has.
        foreach (var injection in program.Injections.Where(i => i is { Form: InjectionForm.Operand, IsSingle: false } && !masks.ContainsKey($"media{i.Index}") && (encoded is null || counts.Distinct().Count() > 1)))
            masks[$"media{injection.Index}"] = HasPicture(counts, PromptLayout.TokensOf(injection));
        // The language model runs without pictures too: it is given one that no row has.
        ImmutableArray<Tensor> media = encoded is null
            ? [.. program.Injections.Select(i => zeros([rows, .. i.MediaType.Shape.Select(d => d == Injection.Images ? 1 : d.Value ?? 1)], weights.Dtype, Device))]
            : [.. encoded.Select((e, i) => ByRows(program.Injections[i], e))];
        foreach (var tensor in encoded ?? [])
            tensor.Dispose();
        return new MediaState(media, [], tensor(Array.ConvertAll(counts, c => (long)c), device: Device), masks);

        Tensor ByRows(Injection injection, Tensor tokens) => injection.IsSingle ? tokens.alias().DetachFromDisposeScope() : MultimodalModel.ByRows(tokens, counts);
    }

    /// <summary>Mask [rows, most pictures of a row or 1, tokens]: which pictures are there.</summary>
    private Tensor HasPicture(int[] counts, int tokens)
    {
        var most = Math.Max(1, counts.Max());
        var there = counts.SelectMany(c => Enumerable.Range(0, most * tokens).Select(i => i / tokens < c)).ToArray();
        return tensor(there, [counts.Length, most, tokens], device: Device).DetachFromDisposeScope();
    }

    /// <summary>What the language model keeps of the pictures for a whole generation: media as given, and keys and values of cross-attention.</summary>
    /// <param name="media">For each injection [rows, pictures, tokens, width], zero where a row has fewer pictures.</param>
    /// <param name="masks">Which of the tokens are real, mask [rows, pictures, tokens] by the name of the media; null where all are.</param>
    public MediaState Media(ImmutableArray<Tensor> media, Tensor imageCount, RunContext context, Dictionary<string, Tensor>? masks = null)
    {
        masks ??= [];
        if (program.Graph.Entry("media") is not { } entry)
            return new MediaState(media, [], imageCount, masks);
        var inputs = program.Graph.Function(entry.Function).Inputs.Select(i => media[Number(i, EntryInputs.Media)]).ToArray();
        context.Masks = masks.Count > 0 ? masks : null;
        ImmutableArray<Tensor> kept = [.. Executor.Run("media", inputs, context)];
        foreach (var (result, mask) in context.ResultMasks)
            masks.Add($"kept{result}", mask);
        return new MediaState(media, kept, imageCount, masks);
    }

    /// <summary>Runs the language model over a prompt.</summary>
    /// <returns>Hidden states after the last norm, [rows, length, width].</returns>
    public Tensor Prefill(BatchLayout layout, MediaState? media, RunContext context)
    {
        context.Phase = Phase.Prefill;
        using var ids = Rows(layout.Ids, layout);
        using var positions = Rows(layout.Positions, layout);
        using var index = Rows(layout.ImageIndex, layout);
        var slots = layout.Slots.Select(s => Rows(s, layout)).ToArray();
        context.KeyMask?.Dispose();
        context.KeyMask = layout.HasPadding ? tensor(layout.Valid, [layout.Rows.Length, layout.Length], device: Device).DetachFromDisposeScope() : null;
        try
        {
            return Language(context, ids, positions, index, slots, media);
        }
        finally
        {
            foreach (var s in slots)
                s.Dispose();
        }
    }

    /// <summary>Runs the language model over one new position of each row; the cache holds the others.</summary>
    /// <param name="ids">ids[rows, 1]</param>
    /// <param name="positions">ids[rows, 1]</param>
    /// <param name="imageIndex">ids[rows, 1]</param>
    public Tensor Step(Tensor ids, Tensor positions, Tensor imageIndex, MediaState? media, RunContext context)
    {
        context.Phase = Phase.Decode;
        if (context.KeyMask is { } mask)
        {
            using var one = ones([mask.size(0), ids.size(1)], ScalarType.Bool, Device);
            context.KeyMask = cat([mask, one], 1).DetachFromDisposeScope();
            mask.Dispose();
        }
        return Language(context, ids, positions, imageIndex, null, media);
    }

    /// <summary>Logits [rows, positions, vocab] from hidden states.</summary>
    public Tensor Logits(Tensor hidden, RunContext context) => Executor.Run("head", [hidden], context)[0];

    /// <summary>Puts encoded pictures into their rows: [pictures, tokens, width] to [rows, most pictures of a row, tokens, width].</summary>
    public static Tensor ByRows(Tensor media, IReadOnlyList<int> picturesOfRow)
    {
        var most = picturesOfRow.Max();
        if (picturesOfRow.All(c => c == most))
            return media.view([picturesOfRow.Count, most, .. media.shape[1..]]).alias().DetachFromDisposeScope();
        var rows = zeros([picturesOfRow.Count, most, .. media.shape[1..]], media.dtype, media.device).DetachFromDisposeScope();
        var next = 0;
        for (var r = 0; r < picturesOfRow.Count; r++)
        {
            if (picturesOfRow[r] == 0)
                continue;
            using var source = media.narrow(0, next, picturesOfRow[r]);
            using var row = rows[r];
            using var place = row.narrow(0, 0, picturesOfRow[r]);
            place.copy_(source).Dispose();
            next += picturesOfRow[r];
        }
        return rows;
    }

    public void Dispose() => weights.Dispose();

    private Tensor Language(RunContext context, Tensor ids, Tensor positions, Tensor imageIndex, Tensor[]? slots, MediaState? media)
    {
        var entry = slots is not null && (media is not null || program.Injections.IsEmpty) ? "prefill" : "step";
        var function = program.Graph.Function(program.Graph.Entry(entry)!.Function);
        var inputs = function.Inputs.Select(i => i.Name switch
        {
            "ids" => ids,
            "positions" => positions,
            "image_index" => imageIndex,
            EntryInputs.ImageCount => media!.ImageCount,
            var n when n.StartsWith("slots", StringComparison.Ordinal) => slots![Number(i, "slots")],
            var n when EntryInputs.IsMedia(n) => media!.Media[Number(i, EntryInputs.Media)],
            var n when n.StartsWith("kept", StringComparison.Ordinal) => media!.Kept[Number(i, "kept")],
            var n => throw new InvalidOperationException($"entry '{entry}' takes an unknown input '{n}'"),
        }).ToArray();
        context.Masks = media is { Masks.Count: > 0 } ? media.Masks : null;
        return Executor.Run(entry, inputs, context)[0];
    }

    private Tensor Rows(long[] values, BatchLayout layout) => tensor(values, [layout.Rows.Length, layout.Length], device: Device);

    private static int Number(Value input, string stem) => int.Parse(input.Name.AsSpan(stem.Length), System.Globalization.CultureInfo.InvariantCulture);
}
