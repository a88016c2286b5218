using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>
/// Names every parameter of a model as a checkpoint does. Of the rules that match a path, the most specific one applies:
/// the longest, then the one with fewer <c>*</c>, then the one whose names come first. A path that no rule matches
/// keeps its name, so the map is total.
/// </summary>
public sealed class CheckpointMap
{
    private readonly ImmutableArray<CompiledRule> rules;

    private CheckpointMap(ImmutableArray<CompiledRule> rules) => this.rules = rules;

    /// <summary>The map of a checkpoint that names everything as the model does.</summary>
    public static CheckpointMap Identity { get; } = new([]);

    /// <summary>The rules, most specific first.</summary>
    public IEnumerable<MapRule> Rules => rules.Select(r => r.Rule);

    /// <summary>A map of these rules, in any order. Errors: MLLM6030 (malformed), MLLM6031 (two for the same path).</summary>
    public static WeightsResult<CheckpointMap> Create(IEnumerable<MapRule> rules)
    {
        var results = rules.Select(CompiledRule.Compile).ToList();
        var compiled = results.Where(r => r.Ok).Select(r => r.Value!).ToList();
        var errors = results.SelectMany(r => r.Errors).ToList();
        errors.AddRange(compiled.GroupBy(r => r.Rule.From, StringComparer.Ordinal).Where(g => g.Count() > 1)
            .Select(g => MapErrors.TwoRules(g.First().Rule, g.Last().Rule)));
        if (errors.Count > 0) return WeightsResult<CheckpointMap>.Failed(errors);
        return new CheckpointMap([.. compiled
            .OrderByDescending(r => r.From.Length)
            .ThenBy(r => r.From.Wildcards)
            // '0' for a name and '1' for a `*` at each place: names first, from the left.
            .ThenBy(r => string.Concat(r.From.Segments.Select(s => s == "*" ? '1' : '0')), StringComparer.Ordinal)
            .ThenBy(r => r.Rule.From, StringComparer.Ordinal)]);
    }

    /// <summary>The name under which the checkpoint holds the parameter at <paramref name="path"/>.</summary>
    public string NameOf(string path)
    {
        var segments = NamePattern.Split(path).AsSpan();
        foreach (var rule in rules)
            if (rule.Apply(segments) is { } name) return name;
        return path;
    }
}
