using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Model;
using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>A materialised model with its program: runs the entries of the graph over batches.</summary>
public sealed class MultimodalModel(ModelProgram program, CompiledModel weights, ExecutorOptions? options = null) : IDisposable
{
    public ModelProgram Program => program;

    public CompiledModel Weights => weights;

    public Executor Executor { get; } = new(weights, options);

    public Device Device => weights.Device;

    /// <summary>Encodes pictures.</summary>
    /// <param name="pixels">By encoder: [pictures, 3, height, width], or [pictures, frames, 3, height, width] where a bridge takes frames.</param>
    /// <returns>For each injection its tokens, [pictures, tokens, width]; the caller disposes.</returns>
    public Tensor[] Encode(IReadOnlyDictionary<string, Tensor> pixels, RunContext? context = null) => Executor.Run("encode", PixelInputs("encode", pixels), context);

    /// <summary>A named output of the encoders, for each picture.</summary>
    public Tensor Output(Output output, IReadOnlyDictionary<string, Tensor> pixels, RunContext? context = null) => Executor.Run(output.Entry, PixelInputs(output.Entry, pixels), context)[0];

    /// <summary>Encodes the pictures of a batch, and makes what the language model keeps of them for a whole generation.</summary>
    /// <param name="pixels">As for <see cref="Encode"/>, the pictures of all rows one after another; null when there are none.</param>
    /// <returns>Null where there is nothing that the language model could take.</returns>
    /// <exception cref="InputException">There are more or fewer pictures than the rows have.</exception>
    public MediaState? Media(ImmutableArray<RowLayout> rows, IReadOnlyDictionary<string, Tensor>? pixels, RunContext context)
    {
        if (program.Injections.IsEmpty)
            return null;
        var counts = rows.Select(r => r.Images).ToArray();
        var (expected, given) = (counts.Sum(), pixels?.Values.Select(p => p.size(0)).ToArray() ?? [0]);
        if (given.Any(g => g != expected))
            throw new InputException($"the prompts have {expected} picture{(expected == 1 ? "" : "s")}, {given.First(g => g != expected)} were given");
        if (expected == 0 && program.Injections.All(i => i.Form == InjectionForm.Prefix))
            return null;
        // Woven blocks run without pictures too: they are given one that no row has.
        var encoded = expected == 0 ? null : Encode(pixels!, context);
        ImmutableArray<Tensor> media = encoded is null
            ? [.. program.Injections.Select(i => zeros([rows.Length, 1, PromptLayout.TokensOf(i), i.Width.Value!.Value], weights.Dtype, Device))]
            : [.. encoded.Select(e => ByRows(e, counts))];
        foreach (var tensor in encoded ?? [])
            tensor.Dispose();
        return Media(media, tensor(Array.ConvertAll(counts, c => (long)c), device: Device), context);
    }

    /// <summary>What the language model keeps of the pictures for a whole generation: media as given, and keys and values of cross-attention.</summary>
    /// <param name="media">For each injection [rows, pictures, tokens, width], zero where a row has fewer pictures.</param>
    public MediaState Media(ImmutableArray<Tensor> media, Tensor imageCount, RunContext context)
    {
        if (program.Graph.Entry("media") is not { } entry)
            return new MediaState(media, [], imageCount);
        var inputs = program.Graph.Function(entry.Function).Inputs.Select(i => media[Number(i, "media")]).ToArray();
        return new MediaState(media, [.. Executor.Run("media", inputs, context)], imageCount);
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
            "image_count" => media!.ImageCount,
            var n when n.StartsWith("slots", StringComparison.Ordinal) => slots![Number(i, "slots")],
            var n when n.StartsWith("media", StringComparison.Ordinal) => media!.Media[Number(i, "media")],
            var n when n.StartsWith("kept", StringComparison.Ordinal) => media!.Kept[Number(i, "kept")],
            var n => throw new InvalidOperationException($"entry '{entry}' takes an unknown input '{n}'"),
        }).ToArray();
        return Executor.Run(entry, inputs, context)[0];
    }

    private Tensor[] PixelInputs(string entry, IReadOnlyDictionary<string, Tensor> pixels) =>
        [.. program.Graph.Function(program.Graph.Entry(entry)!.Function).Inputs.Select(i => pixels[i.Name == "pixels" ? program.Encoders[0].Name : i.Name["pixels.".Length..]])];

    private Tensor Rows(long[] values, BatchLayout layout) => tensor(values, [layout.Rows.Length, layout.Length], device: Device);

    private static int Number(Value input, string stem) => int.Parse(input.Name.AsSpan(stem.Length), System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What is computed once per prompt from the pictures.</summary>
/// <param name="Media">For each injection [rows, pictures, tokens, width].</param>
/// <param name="Kept">Values of the entry <c>media</c>: keys and values of the woven blocks.</param>
/// <param name="ImageCount">ids[rows]: how many pictures a row has.</param>
public sealed record MediaState(ImmutableArray<Tensor> Media, ImmutableArray<Tensor> Kept, Tensor ImageCount) : IDisposable
{
    public void Dispose()
    {
        foreach (var tensor in Media.Concat(Kept).Append(ImageCount))
            tensor.Dispose();
    }
}
