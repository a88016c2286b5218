using System.Collections.Immutable;
using System.Globalization;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>Dotted names whose numbers grow: <c>layers.0.mlp</c>, <c>layers.1.mlp</c>, ... read as <c>layers.{0..22}.mlp</c>.</summary>
internal static class IndexedText
{
    /// <summary>By how much each number grows from one name to the other (at least 0), or null when they differ in more than that.</summary>
    public static ImmutableArray<long>? Steps(string from, string to)
    {
        if (from == to)
            return [.. from.Split('.').Select(_ => 0L)];
        var (a, b) = (from.Split('.'), to.Split('.'));
        if (a.Length != b.Length)
            return null;
        var steps = ImmutableArray.CreateBuilder<long>(a.Length);
        for (var i = 0; i < a.Length; i++)
            if (a[i] == b[i])
                steps.Add(0);
            else if (Number(a[i]) is { } x && Number(b[i]) is { } y && y > x)
                steps.Add(y - x);
            else
                return null;
        return steps.MoveToImmutable();
    }

    /// <summary>The name with what grows in braces.</summary>
    /// <param name="name">The name in the first occurrence.</param>
    /// <param name="loops">For each enclosing loop, outermost first: the name in its second occurrence, its letter, or its count where it is shown as a range.</param>
    public static string Render(string name, IEnumerable<(string Next, char Letter, int? Count)> loops)
    {
        var parts = name.Split('.');
        var terms = parts.Select(_ => "").ToArray();
        var ranges = new (long Step, int Count)[parts.Length];
        foreach (var (next, letter, count) in loops)
            foreach (var (step, i) in (Steps(name, next) ?? []).Select((s, i) => (s, i)).Where(s => s.s > 0))
                if (count is { } c)
                    ranges[i] = (step, c);
                else
                    terms[i] += (terms[i].Length == 0 ? "" : "+") + (step == 1 ? "" : step.ToString(CultureInfo.InvariantCulture)) + letter;
        return string.Join('.', parts.Select((part, i) => terms[i].Length == 0 && ranges[i].Count == 0 ? part : $"{{{Affine(terms[i], part, ranges[i])}}}"));
    }

    /// <summary>Numbers in order as ranges: <c>0..23</c>, <c>0..28 by 4</c>, <c>1, 3, 7</c>.</summary>
    public static string Ranges(IReadOnlyList<long> numbers)
    {
        if (numbers.Count > 2 && numbers[1] - numbers[0] is > 1 and var step && numbers.Select((n, i) => n - numbers[0] == i * step).All(even => even))
            return $"{numbers[0]}..{numbers[^1]} by {step}";
        var texts = new List<string>();
        for (var i = 0; i < numbers.Count;)
        {
            var end = i;
            while (end + 1 < numbers.Count && numbers[end + 1] == numbers[end] + 1)
                end++;
            texts.Add(end == i ? $"{numbers[i]}" : $"{numbers[i]}..{numbers[end]}");
            i = end + 1;
        }
        return string.Join(", ", texts);
    }

    /// <summary>
    /// Names with what stands behind each, separated by commas; runs that grow evenly are joined: <c>%k.{0..7}: [n, 4]</c>, or
    /// <c>(%k.{i}, %v.{i}) for i in 0..7</c>.
    /// </summary>
    public static string Join(IReadOnlyList<(string Name, string Suffix)> items)
    {
        var joined = new List<string>();
        for (var i = 0; i < items.Count;)
        {
            var (period, count) = Enumerable.Range(1, Math.Max(1, (items.Count - i) / 2)).Select(p => (Period: p, Count: Occurrences(items, i, p))).MaxBy(c => c.Period * (c.Count - 1));
            if (count == 1)
                joined.Add(items[i].Name + items[i].Suffix);
            else if (period == 1)
                joined.Add(Render(items[i].Name, [(items[i + 1].Name, 'i', count)]) + items[i].Suffix);
            else
                joined.Add($"({string.Join(", ", Enumerable.Range(i, period).Select(n => Render(items[n].Name, [(items[n + period].Name, 'i', null)]) + items[n].Suffix))}) for i in 0..{count - 1}");
            i += count == 1 ? 1 : period * count;
        }
        return string.Join(", ", joined);
    }

    /// <summary>The whole number that a part of a name is, or null.</summary>
    public static long? Number(string part) => part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit) ? long.Parse(part, CultureInfo.InvariantCulture) : null;

    private static int Occurrences(IReadOnlyList<(string Name, string Suffix)> items, int first, int period)
    {
        var count = 1;
        while (first + (count + 1) * period <= items.Count && Enumerable.Range(first, period).All(n => Continues(items[n], items[n + period], items[n + count * period], count)))
            count++;
        return count;
    }

    private static bool Continues((string Name, string Suffix) first, (string Name, string Suffix) second, (string Name, string Suffix) later, int t) =>
        first.Suffix == later.Suffix && Steps(first.Name, second.Name) is { } steps && steps.Any(s => s > 0)
        && Steps(first.Name, later.Name) is { } total && total.SequenceEqual(steps.Select(s => s * t));

    private static string Affine(string terms, string offset, (long Step, int Count) range)
    {
        var start = Number(offset) ?? 0;
        string Sum(long n) => terms.Length == 0 ? $"{n}" : n == 0 ? terms : $"{terms}+{n}";
        var end = Sum(start + range.Step * (range.Count - 1));
        return range.Count == 0 ? Sum(start) : range is { Step: > 1, Count: 2 } ? $"{Sum(start)}, {end}" : $"{Sum(start)}..{end}{(range.Step == 1 ? "" : $" by {range.Step}")}";
    }
}
