using System.Globalization;

namespace Mllm.Cli.Commands;

/// <summary>Writes what a model says of the shipped pictures: a line for each, marked where it is right or near.</summary>
internal static class SampleTable
{
    /// <summary>A text that an untrained model goes on with would hide the rest of the line.</summary>
    private const int Longest = 48;

    /// <param name="isQuiet">Only the pictures' names and what is said of them, separated by a tab.</param>
    public static void Write(SampleReport report, bool isQuiet, TextWriter output)
    {
        if (isQuiet)
        {
            foreach (var picture in report.Pictures)
                output.WriteLine($"{picture.Name}\t{OneLine(picture.Text)}");
            return;
        }
        string[][] rows = [["picture", "the model says", "it is"], .. report.Pictures.Select(p => (string[])[p.Name, Shortened(OneLine(p.Text)), p.Match is null ? "" : p.Caption])];
        if (!report.IsCompared)
            rows[0][2] = "";
        var widths = Enumerable.Range(0, 2).Select(c => rows.Max(r => r[c].Length)).ToArray();
        foreach (var (row, i) in rows.Select((r, i) => (r, i)))
            output.WriteLine($"{(i > 0 ? Mark(report.Pictures[i - 1].Match) : " ")} {row[0].PadRight(widths[0])}  {row[1].PadRight(widths[1])}  {row[2]}".TrimEnd());
        var count = report.Pictures.Length;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{(report.IsCompared ? $"{report.Right} of {count} are exactly right (*), {report.Near} near (~), " : $"{count} pictures ")}in {report.Seconds:0.000} s"));
    }

    private static string Mark(SampleMatch? match) => match switch { { IsRight: true } => "*", { IsNear: true } => "~", _ => " " };

    private static string OneLine(string text) => RunCommand.Harmless(text).Replace('\n', ' ').Replace('\t', ' ');

    private static string Shortened(string text) => text.Length <= Longest ? text : text[..(Longest - 3)] + "...";
}
