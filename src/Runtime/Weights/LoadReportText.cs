using System.Collections.Immutable;
using System.Text;

namespace Mllm.Runtime.Weights;

/// <summary>A report as text that a person can judge: counts first, then one line for each kind of trouble.</summary>
internal static class LoadReportText
{
    public static string Render(LoadReport report, int mostGroups)
    {
        var text = new StringBuilder();
        Counts(text, report);
        foreach (var hint in report.Renames) text.Append($"\nhelp: {hint.Sentence(report.Missing.Length)}\n");
        Missing(text, report, mostGroups);
        Section(text, "wrong shape", report.WrongShapes, 0, mostGroups, w => w.Path,
            w => $"expected {TensorEntry.Print(w.Expected)}, found {TensorEntry.Print(w.Tensor.Entry.Shape)}{Likeness(w)}");
        Section(text, "wrong dtype", report.WrongDtypes, 0, mostGroups, w => w.Path,
            w => $"expected floating point, found {w.Tensor.Entry.Dtype}");
        var explained = report.Renames.SelectMany(h => h.Matches).Select(m => m.Unexpected).ToHashSet(StringComparer.Ordinal);
        var unexpected = report.Unexpected.Where(t => !explained.Contains(t.Name)).ToList();
        Section(text, "unexpected", unexpected, report.Unexpected.Length - unexpected.Count, mostGroups, t => t.Name, Stored);
        foreach (var shared in report.Shared)
            text.Append($"\nnote: `{WeightsError.Shown(shared.Name)}` is read for {string.Join(", ", shared.Paths)}\n");
        if (!report.Aside.IsEmpty)
            text.Append($"\nnote: beside the tensors the files hold {Few(report.Aside)}\n");
        foreach (var idle in report.IdleIgnores)
            text.Append($"\nnote: nothing had to be ignored for `{idle}`\n");
        return text.ToString().TrimEnd('\n');
    }

    private static void Counts(StringBuilder text, LoadReport report)
    {
        var parameters = report.Loaded.Length + report.Missing.Length + report.WrongShapes.Length + report.WrongDtypes.Length;
        text.Append($"checkpoint {WeightsError.Shown(report.Source)}: {IndexErrors.Count(report.Tensors, "tensor")}, ");
        text.Append($"{SafetensorsErrors.Bytes(report.Bytes)}, {IndexErrors.Count(report.Files, "file")}\n");
        if (report.Map is { } map) text.Append($"  named as     {Named(map, report.Tried)}\n");
        foreach (var part in report.Parts)
        {
            text.Append($"  from         {WeightsError.Shown(part.Source)}: ");
            text.Append(part.Components.IsEmpty ? "nothing" : string.Join(", ", part.Components.Select(c => $"{c.Component} {c.Parameters}")));
            if (part.Map is not null && !part.Components.IsEmpty) text.Append($", named as {Named(part.Map, part.Tried)}");
            text.Append(part.Overridden > 0 ? $"; {part.Overridden} that a later one gives\n" : "\n");
        }
        var dtypes = report.Loaded.CountBy(l => l.Tensor.Entry.Dtype).OrderByDescending(d => d.Value).Select(d => $"{d.Key} {d.Value}");
        text.Append($"  loaded       {SafetensorsErrors.Number(report.Loaded.Length)} of {IndexErrors.Count(parameters, "parameter")}");
        text.Append(report.Loaded.IsEmpty ? "\n" : $" ({string.Join(", ", dtypes)})\n");
        text.Append($"  missing      {SafetensorsErrors.Number(report.Missing.Length)}\n");
        text.Append($"  wrong shape  {SafetensorsErrors.Number(report.WrongShapes.Length)}\n");
        text.Append($"  wrong dtype  {SafetensorsErrors.Number(report.WrongDtypes.Length)}\n");
        text.Append($"  unexpected   {SafetensorsErrors.Number(report.Unexpected.Length)}\n");
        text.Append($"  ignored      {SafetensorsErrors.Number(report.Ignored.Length)}\n");
    }

    private static void Missing(StringBuilder text, LoadReport report, int mostGroups)
    {
        var renamed = report.Renames.SelectMany(h => h.Matches).ToList();
        var wanted = renamed.Select(m => m.Missing).ToHashSet(StringComparer.Ordinal);
        var present = renamed.Select(m => m.Unexpected).ToHashSet(StringComparer.Ordinal);
        var rest = report.Missing.Where(m => !wanted.Contains(m.Name)).ToList();
        var candidates = Groups(report.Unexpected.Where(t => !present.Contains(t.Name)), t => t.Name, t => TensorEntry.Print(t.Entry.Shape))
            .ToLookup(g => (Shape: TensorEntry.Print(g.Members[0].Entry.Shape), g.Members.Length), g => g.Pattern);
        // A note costs a search among all that is unexpected, so it is made for the groups that are shown.
        Section(text, "missing", rest, report.Missing.Length - rest.Count, mostGroups, m => m.Path, m => TensorEntry.Print(m.Shape),
            group =>
            {
                var lookedFor = Groups(group.Members, m => m.Name, _ => "").Select(g => WeightsError.Shown(g.Pattern)).ToList();
                var near = lookedFor.Count == 1
                    ? NearName.Of(lookedFor[0], candidates[(TensorEntry.Print(group.Members[0].Shape), group.Members.Length)])
                    : null;
                var looked = lookedFor is [var only] && only == group.Pattern ? null : $"looked for {string.Join(", ", lookedFor)}";
                var has = near is null ? null : $"the checkpoint has {WeightsError.Shown(near)}";
                return string.Join("; ", new[] { looked, has }.OfType<string>());
            });
    }

    private static void Section<T>(StringBuilder text, string title, IReadOnlyList<T> items, int explained, int mostGroups,
        Func<T, string> name, Func<T, string> detail, Func<NameGroup<T>, string>? note = null)
    {
        if (items.Count == 0) return;
        text.Append($"\n{title}:\n");
        var groups = Groups(items, name, detail).ToList();
        foreach (var group in groups.Take(mostGroups))
        {
            var count = group.Members.Length > 1 ? $"  ({group.Members.Length})" : "";
            text.Append($"  {WeightsError.Shown(group.Pattern)}  {detail(group.Members[0])}{count}\n");
            if (note?.Invoke(group) is { Length: > 0 } line) text.Append($"    {line}\n");
        }
        if (groups.Count > mostGroups)
        {
            var hidden = groups.Skip(mostGroups).Sum(g => g.Members.Length);
            text.Append($"  and {SafetensorsErrors.Number(hidden)} more in {IndexErrors.Count(groups.Count - mostGroups, "group")}\n");
        }
        if (explained > 0) text.Append($"  besides the {explained} that a renamed prefix explains\n");
    }

    private static IEnumerable<NameGroup<T>> Groups<T>(IEnumerable<T> items, Func<T, string> name, Func<T, string> detail) =>
        NameGroups.Collapse(items, name, detail);

    private static string Named(string map, ImmutableArray<MapScore> tried)
    {
        var others = tried.Where(t => t.Map != map).Select(t => $"{t.Map} fits {t.Loaded}").ToList();
        return others.Count > 0 ? $"{map} ({string.Join(", ", others)})" : map;
    }

    private static string Few(ImmutableArray<string> all)
    {
        const int few = 10;
        return string.Join(", ", all.Take(few)) + (all.Length > few ? $" and {SafetensorsErrors.Number(all.Length - few)} more" : "");
    }

    private static string Stored(SourceTensor tensor) => $"{tensor.Entry.Dtype} {TensorEntry.Print(tensor.Entry.Shape)}";

    private static string Likeness(WrongShape wrong)
    {
        var found = wrong.Tensor.Entry.Shape;
        if (found.Length == 2 && wrong.Expected.SequenceEqual(found.Reverse())) return " (transposed)";
        return StrictJson.Product(wrong.Expected, 1) == StrictJson.Product(found, 1) ? " (as many elements)" : "";
    }
}
