using System.Collections.Immutable;

namespace Mllm.Compiler.Planning;

/// <summary>Sizes for which a plan's polynomials are given as numbers.</summary>
/// <param name="Text">Tokens of the prompt besides the visual ones.</param>
public sealed record PlanPoint(long Text = 64, long Images = 1, long Frames = 1)
{
    /// <summary>The number of each symbolic size that plans speak of; <c>past</c> is the whole prompt, and texts beside it are as long as its own.</summary>
    public IReadOnlyDictionary<string, long> Sizes(Plan plan)
    {
        var known = ImmutableDictionary<string, long>.Empty.Add("text", Text).Add("images", Images).Add("frames", Frames)
            .SetItems(plan.Texts.Select(t => KeyValuePair.Create(t, Text)));
        return known.Add("past", checked(Text + (plan.PositionsPerImage * Images).Evaluate(known)));
    }
}
