using System.Collections.Immutable;

namespace Mllm.Cli;

/// <summary>What a file describes, in a few lines.</summary>
/// <param name="Variant">Null for the model's own defaults.</param>
/// <param name="VisualTokens">Tokens for each image, by bridge; empty where images are attended to and take no place in the sequence.</param>
internal sealed record ModelSummary(string Model, string? About, string? Variant, ImmutableArray<string> Variants, ImmutableArray<ComponentSummary> Components,
    ImmutableArray<string> VisualTokens);

/// <summary>An encoder, bridge, decoder or woven block.</summary>
internal sealed record ComponentSummary(string Role, string Name, string Block, long Parameters);

/// <summary>How a model is about to be run: shown before the first token.</summary>
/// <param name="Weights">Where the weights are from, in words; that they are random numbers where they are.</param>
/// <param name="Inputs">What the model sees: pictures and prompt, in words.</param>
internal sealed record RunSetup(ModelSummary Model, string Device, string Dtype, string Weights, ImmutableArray<string> Inputs);

/// <summary>What a run did: times in seconds, tokens in numbers.</summary>
internal sealed record RunReport(RunSetup Setup, string Text, ImmutableArray<long> Ids, string StopReason, double LoadSeconds, double EncodeSeconds,
    int PrefillTokens, double PrefillSeconds, int DecodeTokens, double DecodeSeconds);

/// <summary>A comparison with reference results.</summary>
/// <param name="Setting">What was compared, in words: the model and where its settings came from.</param>
internal sealed record VerifyReport(string Setting, ImmutableArray<VerifyRow> Rows)
{
    /// <summary>Whether everything that was compared agrees, and something was.</summary>
    public bool Passes => Rows.Any(r => r.IsCompared) && Rows.All(r => r.Passes);
}

/// <summary>One tensor of the reference.</summary>
/// <param name="Difference">The largest absolute difference; null when the tensors cannot be compared.</param>
/// <param name="Passes">False for a difference beyond the tolerance; true also for a tensor that this model does not produce.</param>
internal sealed record VerifyRow(string Name, double? Difference, double? Tolerance, bool Passes, string Remark = "")
{
    /// <summary>Whether the model produced it.</summary>
    public bool IsCompared => !Passes || Difference is not null;
}

/// <summary>What was written of a model.</summary>
/// <param name="Merged">How many adapters are in the weights now.</param>
internal sealed record ExportReport(int Tensors, int Merged);
