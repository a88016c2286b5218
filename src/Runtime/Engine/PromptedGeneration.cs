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
        using var decoding = new PromptDecoding(model, rows, media, options.MaxTokens);
        var result = options.Beams > 1
            ? BeamSearch.Run(decoding.Prefill, decoding.Select, decoding.Step, options, onToken, cancellation)
            : GenerationLoop.Run(decoding.Prefill, decoding.Step, sampler, options, onToken, cancellation);
        return (result, decoding.Runs);
    }
}
