using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>Names that differ in their numbers alone: <c>layers.{0..31}.mlp.up_proj.weight</c> and what it stands for.</summary>
internal sealed record NameGroup<T>(string Pattern, ImmutableArray<T> Members);

/// <summary>
/// Writes many names as few patterns. Exact: a pattern stands for every combination of its ranges and for nothing else,
/// so what does not fit one pattern takes several.
/// </summary>
internal static class NameGroups
{
    private sealed record Numbered<T>(T Item, ImmutableArray<int> Numbers);

    private sealed record Part<T>(ImmutableArray<string> Ranges, ImmutableArray<T> Members);

    /// <summary>Groups in order of first appearance; only items of equal <paramref name="detail"/> share one.</summary>
    public static IEnumerable<NameGroup<T>> Collapse<T>(IEnumerable<T> items, Func<T, string> name, Func<T, string> detail) =>
        from item in items
        let template = Template(name(item))
        group new Numbered<T>(item, template.Numbers) by (template.Text, detail(item)) into alike
        from part in Decompose([.. alike], 0)
        select new NameGroup<T>(Fill(alike.Key.Text, part.Ranges), part.Members);

    /// <summary>The name with <c>*</c> for each numeric segment, and those numbers.</summary>
    public static (string Text, ImmutableArray<int> Numbers) Template(string name)
    {
        var segments = name.Split('.');
        var numbers = ImmutableArray.CreateBuilder<int>();
        for (var i = 0; i < segments.Length; i++)
        {
            if (!IsNumber(segments[i])) continue;
            numbers.Add(int.Parse(segments[i]));
            segments[i] = "*";
        }
        return (string.Join('.', segments), numbers.ToImmutable());
    }

    // Numbers that print as they are written: `007` names something else than `7`.
    private static bool IsNumber(string s) => s.Length is > 0 and < 10 && s.All(char.IsAsciiDigit) && (s.Length == 1 || s[0] != '0');

    // Values of the number at this place that allow the same patterns behind it are merged into one range.
    private static List<Part<T>> Decompose<T>(List<Numbered<T>> items, int place)
    {
        if (place == items[0].Numbers.Length) return [new Part<T>([], [.. items.Select(i => i.Item)])];
        var byValue = from item in items
                      group item by item.Numbers[place] into g
                      orderby g.Key
                      let parts = Decompose([.. g], place + 1)
                      select (Value: g.Key, Parts: parts, Signature: string.Join(';', parts.Select(p => string.Join(' ', p.Ranges))));
        var merged = from v in byValue
                     group v by v.Signature into g
                     let range = Range([.. g.Select(v => v.Value)])
                     from i in Enumerable.Range(0, g.First().Parts.Count)
                     select new Part<T>([range, .. g.First().Parts[i].Ranges], [.. g.SelectMany(v => v.Parts[i].Members)]);
        return [.. merged];
    }

    private static string Range(List<int> ascending)
    {
        if (ascending.Count == 1) return $"{ascending[0]}";
        var runs = new List<(int First, int Last)>();
        foreach (var n in ascending)
        {
            if (runs.Count > 0 && runs[^1].Last == n - 1) runs[^1] = (runs[^1].First, n);
            else runs.Add((n, n));
        }
        return $"{{{string.Join(',', runs.Select(r => r.First == r.Last ? $"{r.First}" : $"{r.First}..{r.Last}"))}}}";
    }

    private static string Fill(string template, ImmutableArray<string> ranges)
    {
        var next = 0;
        return string.Join('.', template.Split('.').Select(s => s == "*" && next < ranges.Length ? ranges[next++] : s));
    }
}
