using System.Collections.Immutable;

namespace Mllm.Compiler.Planning;

/// <summary>Sizes for which a plan's polynomials are given as numbers.</summary>
/// <param name="Text">Tokens of the prompt besides the visual ones.</param>
public sealed record PlanPoint(long Text = 64, long Images = 1, long Frames = 1)
{
    /// <summary>The number of each symbolic size that plans speak of; <c>past</c> is the whole prompt.</summary>
    public IReadOnlyDictionary<string, long> Sizes(Plan plan) => Known.Add("past", checked(Text + (plan.PositionsPerImage * Images).Evaluate(Known)));

    private ImmutableDictionary<string, long> Known => ImmutableDictionary<string, long>.Empty.Add("text", Text).Add("images", Images).Add("frames", Frames);
}
