using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Mllm.Cli.Comparison;

/// <summary>The table of a comparison as text and as Markdown, with the conditions above it and what could not be made equal below.</summary>
internal static class ComparisonTable
{
    private static readonly ImmutableArray<string> Head =
        ["model", "parameters", "trainable", "visual tokens", "encode", "prefill", "decode", "training loss", "test loss", "exact match", "token F1", "s/step"];

    public static string ToText(ComparisonReport report)
    {
        ImmutableArray<ImmutableArray<string>> rows = [Head, .. report.Models.Select(Row)];
        var widths = Enumerable.Range(0, Head.Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in ComparisonNotes.Conditions(report))
            text.Append(line).Append('\n');
        text.Append('\n');
        foreach (var row in rows)
            text.Append(string.Join("  ", row.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c])))).Append('\n');
        text.Append('\n');
        foreach (var note in ComparisonNotes.Differences(report))
            text.Append("- ").Append(note).Append('\n');
        return text.ToString();
    }

    public static string ToMarkdown(ComparisonReport report)
    {
        var text = new StringBuilder();
        text.Append(string.Join("\n", ComparisonNotes.Conditions(report).Select(c => $"- {c}"))).Append("\n\n");
        text.Append($"| {string.Join(" | ", Head)} |\n|---|{string.Concat(Head.Skip(1).Select(_ => "---:|"))}\n");
        foreach (var model in report.Models)
            text.Append($"| {string.Join(" | ", Row(model))} |\n");
        text.Append("\nWhat differs between the models and could not be made equal:\n\n");
        text.Append(string.Concat(ComparisonNotes.Differences(report).Select(n => $"- {n}\n")));
        return text.ToString();
    }

    private static ImmutableArray<string> Row(ComparedModel model)
    {
        var facts = model.Facts;
        var tokens = facts.VisualTokens is not { } count ? "varies" : facts.Attended is > 0 and var attended ? $"{count} ({(attended == count ? "all" : attended.ToString(CultureInfo.InvariantCulture))} attended)" : $"{count}";
        return
        [
            model.Contestant.Name, Short(facts.Parameters), Short(facts.Trainable), tokens, Short(facts.Encode), Short(facts.Prefill), Short(facts.Decode),
            Number(model.Loss, "0.000"), Number(model.Test("loss"), "0.000"), Number(model.Test("exact match"), "0.000"), Number(model.Test("token F1"), "0.000"), Number(model.SecondsPerStep, "0.000"),
        ];
    }

    private static string Number(Spread? spread, string format) => spread is null ? "-"
        : spread.Mean.ToString(format, CultureInfo.InvariantCulture) + (spread.Deviation is { } deviation ? $" ± {deviation.ToString(format, CultureInfo.InvariantCulture)}" : "");

    /// <summary>Three significant digits and a decimal prefix.</summary>
    private static string Short(double? value)
    {
        if (value is not { } number)
            return "-";
        string[] prefixes = ["", " k", " M", " G", " T", " P"];
        var prefix = 0;
        for (; number >= 999.5 && prefix < prefixes.Length - 1; prefix++)
            number /= 1000;
        return number.ToString(number >= 99.95 || prefix == 0 ? "0" : number >= 9.995 ? "0.0" : "0.00", CultureInfo.InvariantCulture) + prefixes[prefix];
    }
}
