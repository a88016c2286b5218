using System.Collections.Immutable;

namespace Mllm.Runtime.Evaluation;

/// <summary>What a model said of one sample, and what was right to say, as tokens.</summary>
/// <param name="Candidate">The model's.</param>
/// <param name="References">At least one.</param>
public sealed record CaptionPair(ImmutableArray<string> Candidate, ImmutableArray<ImmutableArray<string>> References)
{
    /// <summary>The pair of texts, tokenised by <see cref="CaptionTokens"/>.</summary>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public static CaptionPair Of(string candidate, IEnumerable<string> references)
    {
        var pair = new CaptionPair(CaptionTokens.Of(candidate), [.. references.Select(CaptionTokens.Of)]);
        return pair.References.IsEmpty ? throw new ArgumentException("a candidate is compared with at least one reference", nameof(references)) : pair;
    }
}
