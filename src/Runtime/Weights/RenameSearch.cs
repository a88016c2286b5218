using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>Finds the few renamed prefixes that explain the most missing tensors.</summary>
internal static class RenameSearch
{
    private const int MostHints = 5;
    private const int MostCandidates = 16;
    private const int MostSuffixMatches = 64;

    private sealed record Name(string Text, string Shape)
    {
        public ImmutableArray<string> Segments { get; } = NamePattern.Split(Text);

        public string SuffixKey(int from) => $"{string.Join('.', Segments[from..])} {Shape}";
    }

    /// <summary>
    /// Hints, each for at least two tensors, best first; no tensor is in two. Each pairs a missing tensor with the
    /// unexpected ones that share its shape and its longest suffix, and the change of prefix that most pairs need wins.
    /// </summary>
    public static ImmutableArray<RenameHint> Find(IEnumerable<MissingTensor> missing, IEnumerable<SourceTensor> unexpected)
    {
        var wanted = missing.Select(m => new Name(m.Name, TensorEntry.Print(m.Shape))).DistinctBy(n => n.Text).ToList();
        var present = unexpected.Select(u => new Name(u.Name, TensorEntry.Print(u.Entry.Shape))).ToList();
        var hints = ImmutableArray.CreateBuilder<RenameHint>();
        while (hints.Count < MostHints && wanted.Count > 1 && present.Count > 1)
        {
            var byName = present.ToDictionary(n => n.Text, StringComparer.Ordinal);
            var best = Candidates(wanted, present)
                .Select(rule => new RenameHint(rule.From, rule.To, Matches(rule, wanted, byName)))
                .OrderByDescending(h => h.Matches.Length)
                .ThenBy(h => h.From.Length + h.To.Length)
                .FirstOrDefault();
            if (best is null || best.Matches.Length < 2) break;
            hints.Add(best);
            var found = best.Matches.Select(m => m.Missing).ToHashSet(StringComparer.Ordinal);
            var taken = best.Matches.Select(m => m.Unexpected).ToHashSet(StringComparer.Ordinal);
            wanted.RemoveAll(n => found.Contains(n.Text));
            present.RemoveAll(n => taken.Contains(n.Text));
        }
        return hints.ToImmutable();
    }

    private static IEnumerable<MapRule> Candidates(List<Name> wanted, List<Name> present)
    {
        var bySuffix = new Dictionary<string, List<Name>>(StringComparer.Ordinal);
        foreach (var name in present)
            for (var i = 0; i < name.Segments.Length; i++)
            {
                var key = name.SuffixKey(i);
                if (!bySuffix.TryGetValue(key, out var list)) bySuffix[key] = list = [];
                if (list.Count < MostSuffixMatches) list.Add(name);
            }
        var votes = new Dictionary<MapRule, int>();
        foreach (var name in wanted)
        {
            var cut = Enumerable.Range(0, name.Segments.Length).FirstOrDefault(i => bySuffix.ContainsKey(name.SuffixKey(i)), -1);
            if (cut < 0) continue;
            foreach (var other in bySuffix[name.SuffixKey(cut)])
            {
                var rule = Generalise(name.Segments[..cut], other.Segments[..^(name.Segments.Length - cut)]);
                votes[rule] = votes.GetValueOrDefault(rule) + 1;
            }
        }
        return votes.OrderByDescending(v => v.Value)
            .ThenBy(v => v.Key.From, StringComparer.Ordinal).ThenBy(v => v.Key.To, StringComparer.Ordinal)
            .Take(MostCandidates).Select(v => v.Key);
    }

    // layers.3 -> layers.3.decoder_layer is, for all layers at once, layers.* -> layers.*.decoder_layer.
    private static MapRule Generalise(ImmutableArray<string> from, ImmutableArray<string> to)
    {
        var (a, b) = (string.Join('.', from), string.Join('.', to));
        var (generalA, numbersA) = NameGroups.Template(a);
        var (generalB, numbersB) = NameGroups.Template(b);
        return numbersA.SequenceEqual(numbersB) ? new MapRule(generalA, generalB) : new MapRule(a, b);
    }

    private static ImmutableArray<(string, string)> Matches(MapRule rule, List<Name> wanted, Dictionary<string, Name> present)
    {
        // Names that hold the rules' own signs cannot be spoken of by a rule.
        if (rule.To.Contains('@') || CompiledRule.Compile(rule).Value is not { } compiled) return [];
        var used = new HashSet<string>(StringComparer.Ordinal);
        var matches = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var name in wanted)
        {
            if (compiled.Apply(name.Segments.AsSpan()) is { } renamed
                && present.TryGetValue(renamed, out var found) && found.Shape == name.Shape && used.Add(renamed))
                matches.Add((name.Text, renamed));
        }
        return matches.ToImmutable();
    }
}
