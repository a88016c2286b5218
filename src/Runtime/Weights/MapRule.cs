using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>How one part of a model is called in a checkpoint.</summary>
/// <param name="From">Where the part is in the model: a path whose segments may be <c>*</c>, one segment each.</param>
/// <param name="To">
/// What stands there in the checkpoint instead: each <c>*</c> repeats, in order, what the ones of <paramref name="From"/>
/// stood for; <c>@</c> is the matched path after its first segment, the component. Empty: nothing, the rest begins the name.
/// </param>
public sealed record MapRule(string From, string To);

/// <summary>A <see cref="MapRule"/> that has been read and proved applicable.</summary>
internal sealed class CompiledRule
{
    private readonly ImmutableArray<string> to;

    private CompiledRule(MapRule rule, NamePattern from, ImmutableArray<string> to) => (Rule, From, this.to) = (rule, from, to);

    public MapRule Rule { get; }

    public NamePattern From { get; }

    public static WeightsResult<CompiledRule> Compile(MapRule rule)
    {
        var (from, reason) = NamePattern.Parse(rule.From);
        if (from is null) return MapErrors.BadRule(rule, $"in `{rule.From}`, {reason}");
        var (to, toReason) = NamePattern.Parse(rule.To);
        if (to is null) return MapErrors.BadRule(rule, $"in `{rule.To}`, {toReason}");
        if (to.Segments.Any(s => s != "@" && s.Contains('@')))
            return MapErrors.BadRule(rule, $"in `{rule.To}`, `@` must be a segment of its own");
        if (to.Wildcards > from.Wildcards)
            return MapErrors.BadRule(rule, $"`{rule.To}` has {to.Wildcards} `*`, `{rule.From}` gives {from.Wildcards}");
        // Dropping a `*` would send every layer to the same tensor. (`@` carries all but the component's own.)
        var kept = to.Segments.Contains("@") ? from.Segments.Skip(1).Count(s => s == "*") : 0;
        if (to.Wildcards + kept < from.Wildcards)
            return MapErrors.BadRule(rule,
                $"`{rule.To}` loses what a `*` of `{rule.From}` stands for, so different parameters would get one name");
        return new CompiledRule(rule, from, to.Segments);
    }

    /// <summary>The checkpoint's name for <paramref name="path"/>, or null where the rule does not match.</summary>
    public string? Apply(ReadOnlySpan<string> path)
    {
        if (!From.IsPrefixOf(path, out var stars)) return null;
        var name = new List<string>();
        var star = 0;
        foreach (var segment in to)
        {
            if (segment == "*") name.Add(stars[star++]);
            else if (segment != "@") name.Add(segment);
            else if (From.Length > 1) name.AddRange(path[1..From.Length]);
        }
        name.AddRange(path[From.Length..]);
        return string.Join('.', name);
    }
}
