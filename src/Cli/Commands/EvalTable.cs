using System.Collections.Immutable;
using System.Globalization;
using Mllm.Runtime.Evaluation;

namespace Mllm.Cli.Commands;

/// <summary>Writes the figures of an evaluation: a line for each with what it was taken over, then a line for each value of a field.</summary>
internal static class EvalTable
{
    /// <param name="field">The field that <see cref="EvalReport.By"/> is by.</param>
    public static void Write(EvalReport report, string? field, TextWriter output)
    {
        var skipped = report.Skipped > 0 ? $", {report.Skipped:N0} of them left out" : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Data}: {report.Records:N0} record{(report.Records == 1 ? "" : "s")}{skipped}"));
        var hasChance = report.Figures.Any(f => f.Chance is not null);
        Write(output, [["figure", "value", hasChance ? "chance" : "", "over"], .. report.Figures.Select(f => (string[])[f.Name, Number(f.Value), f.Chance is { } c ? Number(c) : "", Over(f)])], left: [0, 3]);
        if (!report.By.IsEmpty)
        {
            string[] head = [$"by {field}", .. report.By[0].Figures.Select(f => f.Name), report.By[0].Figures[0].Unit];
            output.WriteLine();
            Write(output, [head, .. report.By.Select(g => (string[])[g.Value.Length > 0 ? g.Value : "(none)", .. g.Figures.Select(f => Number(f.Value)), Count(g.Figures[0].Count)])], left: [0]);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\nin {report.Seconds:0.000} s"));
    }

    /// <summary>Columns that are empty throughout are left out.</summary>
    private static void Write(TextWriter output, ImmutableArray<string[]> rows, int[] left)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var row in rows)
            output.WriteLine("  " + string.Join("  ", Enumerable.Range(0, row.Length).Where(c => widths[c] > 0).Select(c => left.Contains(c) ? row[c].PadRight(widths[c]) : row[c].PadLeft(widths[c]))).TrimEnd());
    }

    private static string Over(Figure figure) => $"{Count(figure.Count)} {(figure.Count == 1 ? figure.Unit.TrimEnd('s') : figure.Unit)}";

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double? value) => value is not { } number ? "-" : number.ToString(number == 0 || Math.Abs(number) is >= 1e-4 and < 1e5 ? "0.0000" : "0.000e+00", CultureInfo.InvariantCulture);
}
