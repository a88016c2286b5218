using System.Globalization;

namespace Mllm.Cli.Commands;

/// <summary>Writes scores: a line for each text, a column for each picture.</summary>
internal static class ScoreTable
{
    /// <param name="isQuiet">The numbers alone, separated by tabs.</param>
    public static void Write(ScoreReport report, bool isQuiet, Terminal terminal)
    {
        var output = terminal.Out;
        var (pictures, texts) = (report.Pictures.Length, report.Texts.Length);
        if (isQuiet)
        {
            for (var t = 0; t < texts; t++)
                output.WriteLine(string.Join('\t', Enumerable.Range(0, pictures).Select(p => report.Scores[p][t].ToString("G6", CultureInfo.InvariantCulture))));
            return;
        }
        var cells = Enumerable.Range(0, texts).Select(t => Enumerable.Range(0, pictures).Select(p => Cell(report, p, t)).ToArray()).ToList();
        var marked = cells.SelectMany(c => c).Any(c => c.EndsWith('*'));
        // A cell that is not marked has a blank there, so that the numbers stand below each other.
        string[] names = [.. report.Pictures.Select(n => pictures > 1 ? Path.GetFileName(n) + (marked ? " " : "") : "")];
        var widths = Enumerable.Range(0, pictures).Select(p => cells.Select(c => Padded(c[p]).Length).Append(names[p].Length).Max()).ToArray();
        if (pictures > 1)
            output.WriteLine($"  {string.Join("  ", names.Select((n, p) => n.PadLeft(widths[p])))}".TrimEnd());
        for (var t = 0; t < texts; t++)
            output.WriteLine($"  {string.Join("  ", cells[t].Select((c, p) => Padded(c).PadLeft(widths[p])))}  {(report.Texts[t].Length > 0 ? RunInputs.Quote(report.Texts[t]) : "")}".TrimEnd());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{pictures * texts} score{(pictures * texts == 1 ? "" : "s")} in {report.Seconds:0.000} s"));

        string Padded(string cell) => marked && !cell.EndsWith('*') ? cell + " " : cell;
    }

    private static string Cell(ScoreReport report, int picture, int text) => Number(report.Scores[picture][text]) + (report.IsBest(picture, text) ? "*" : "");

    private static string Number(double value) => value.ToString(value == 0 || Math.Abs(value) is >= 1e-4 and < 1e5 ? "0.0000" : "0.000e+00", CultureInfo.InvariantCulture);
}
