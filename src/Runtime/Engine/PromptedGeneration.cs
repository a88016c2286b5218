using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>What a generation gave, with the time that the pictures took.</summary>
/// <param name="Encode">Encoding the pictures and making what the language model keeps of them.</param>
/// <param name="Runs">How often each entry of the graph ran.</param>
public sealed record PromptedResult(GenerationResult Generation, TimeSpan Encode, IReadOnlyDictionary<string, int> Runs);

/// <summary>Generates from prompts with pictures: everything that depends on the pictures alone is computed once.</summary>
public static class PromptedGeneration
{
    /// <summary>Generates for one or several prompts together.</summary>
    /// <param name="rows">The prompts.</param>
    /// <param name="pixels">By encoder, the pictures of all rows one after another; null when there are none.</param>
    /// <param name="texts">The texts beside the prompts, by name.</param>
    public static PromptedResult Run(MultimodalModel model, ImmutableArray<RowLayout> rows, IReadOnlyDictionary<string, Tensor>? pixels, Sampler sampler, GenerationOptions options,
        Action<GeneratedToken>? onToken = null, CancellationToken cancellation = default, IReadOnlyDictionary<string, TextRows>? texts = null)
    {
        options = Fitting(model, rows, options);
        var context = new RunContext();
        var clock = Stopwatch.StartNew();
        using var media = model.Media(rows, pixels, context, texts);
        var encoded = clock.Elapsed;
        var (generation, runs) = Generate(model, rows, media, sampler, options, onToken, cancellation);
        return new PromptedResult(generation, encoded, context.Runs.Concat(runs).GroupBy(r => r.Key).ToDictionary(r => r.Key, r => r.Sum(n => n.Value)));
    }

    /// <summary>Generates for prompts whose pictures are encoded already.</summary>
    /// <param name="rows">The prompts.</param>
    /// <param name="media">What <see cref="MultimodalModel.Media(ImmutableArray{RowLayout}, IReadOnlyDictionary{string, Tensor}, RunContext, IReadOnlyDictionary{string, TextRows})"/> gives for them; it can be used again.</param>
    public static GenerationResult Run(MultimodalModel model, ImmutableArray<RowLayout> rows, MediaState? media, Sampler sampler, GenerationOptions options,
        Action<GeneratedToken>? onToken = null, CancellationToken cancellation = default) => Generate(model, rows, media, sampler, Fitting(model, rows, options), onToken, cancellation).Result;

    /// <summary>The options with no more tokens than the model's context has room for.</summary>
    private static GenerationOptions Fitting(MultimodalModel model, ImmutableArray<RowLayout> rows, GenerationOptions options)
    {
        var length = rows.Max(r => r.Length);
        if (model.Program.Context is { } limit && length + options.MaxTokens > limit)
            options = options with { MaxTokens = (int)(limit - length) };
        return options.MaxTokens < 1 ? throw new InputException($"the prompt takes {length:N0} positions, visual tokens included; the model's context has {model.Program.Context:N0}") : options;
    }

    private static (GenerationResult Result, IReadOnlyDictionary<string, int> Runs) Generate(MultimodalModel model, ImmutableArray<RowLayout> rows, MediaState? media, Sampler sampler,
        GenerationOptions options, Action<GeneratedToken>? onToken, CancellationToken cancellation)
    {
        if (options.Beams > 1)
            return Search(model, rows, media, options, onToken, cancellation);
        var layout = BatchLayout.Pad(rows, left: true);
        using var cache = new KvCache(layout.Length + options.MaxTokens, layout.Length + options.MaxTokens);
        var context = new RunContext { Cache = cache };
        try
        {
            return (GenerationLoop.Run(() => Prefill(model, layout, media, context), step => Step(model, layout.Rows, step, media, context), sampler, options, onToken, cancellation), context.Runs);
        }
        finally
        {
            context.KeyMask?.Dispose();
        }
    }

    /// <summary>Beams are rows of their own: after the prompts, what the model keeps of a prompt is there once for each of its beams.</summary>
    private static (GenerationResult Result, IReadOnlyDictionary<string, int> Runs) Search(MultimodalModel model, ImmutableArray<RowLayout> rows, MediaState? media, GenerationOptions options,
        Action<GeneratedToken>? onToken, CancellationToken cancellation)
    {
        var layout = BatchLayout.Pad(rows, left: true);
        using var cache = new KvCache(layout.Length + options.MaxTokens, layout.Length + options.MaxTokens);
        var context = new RunContext { Cache = cache };
        var (prompts, theirs) = (layout.Rows, (MediaState?)null);
        try
        {
            return (BeamSearch.Run(() => Prefill(model, layout, media, context), Select, step => Step(model, prompts, step, theirs, context), options, onToken, cancellation), context.Runs);
        }
        finally
        {
            theirs?.Dispose();
            context.KeyMask?.Dispose();
        }

        void Select(long[] parents)
        {
            using var chosen = tensor(parents, device: model.Device);
            cache.Select(chosen);
            if (context.KeyMask is { } mask)
                using (mask)
                    context.KeyMask = mask.index_select(0, chosen).DetachFromDisposeScope();
            if (prompts.Length == parents.Length)
                return;      // a beam in place of another has the same prompt
            prompts = [.. parents.Select(p => layout.Rows[(int)p])];
            theirs = media?.Select(chosen);
        }
    }

    private static Tensor Prefill(MultimodalModel model, BatchLayout layout, MediaState? media, RunContext context)
    {
        using var hidden = model.Prefill(layout, media, context);
        return Last(model, hidden, context);
    }

    private static Tensor Step(MultimodalModel model, ImmutableArray<RowLayout> rows, DecodeStep step, MediaState? media, RunContext context)
    {
        long[] shape = [rows.Length, 1];
        using var ids = tensor(step.Tokens, shape, device: model.Device);
        using var positions = tensor(rows.Select(r => (long)r.Length + step.Index).ToArray(), shape, device: model.Device);
        using var images = tensor(rows.Select(r => r.ImageIndex.Length > 0 ? r.ImageIndex[^1] : 0).ToArray(), shape, device: model.Device);
        using var hidden = model.Step(ids, positions, images, media, context);
        return Last(model, hidden, context);
    }

    /// <summary>Logits [rows, vocab] of the last position alone.</summary>
    private static Tensor Last(MultimodalModel model, Tensor hidden, RunContext context)
    {
        using var last = hidden.narrow(1, hidden.size(1) - 1, 1);
        using var logits = model.Logits(last, context);
        return logits.squeeze(1);
    }
}
