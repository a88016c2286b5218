using System.Globalization;
using Mllm.Cli.CommandLine;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli.Commands;

internal sealed class ShowCommand : CliCommand
{
    private const int MostColumns = 100;

    public override string Name => "show";

    public override string Summary => "check a file and say in a few lines what it describes";

    public override string Details => "This is what `mllmc FILE` alone does.";

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File];

    public override IReadOnlyList<Option> Options => [ModelOptions.Variant, ModelOptions.Set, ModelOptions.Task];

    public override IReadOnlyList<string> Examples => ["show architectures/flamingo.mllm --variant 9B", "architectures/flamingo.mllm"];

    public override int Run(Arguments arguments, Host host)
    {
        var request = ModelOptions.Read(arguments);
        if (!host.Compiler.Summarise(request).TryTake(arguments, host, out var summary))
            return ExitCode.Findings;
        Write(summary, request.Path, host.Terminal);
        return ExitCode.Ok;
    }

    /// <summary>Writes the summary: the model and its variant, then a line for each component.</summary>
    public static void Write(ModelSummary summary, string path, Terminal terminal)
    {
        var palette = new Palette(terminal.OutStyle.Colour);
        terminal.Out.WriteLine($"{palette.Paint(Style.Strong, summary.Model)}{(summary.Variant is { } variant ? $", variant {variant}" : "")} ({path})");
        foreach (var line in Wrap(summary.About ?? "", Math.Min(terminal.OutStyle.Width, MostColumns) - 2))
            terminal.Out.WriteLine($"  {line}");
        var rows = summary.Components.Select(c => (string[])[c.Role, c.Name, c.Block, Count(c.Parameters)])
            .Append(["", "", "total", Count(summary.Components.Sum(c => c.Parameters))]).ToList();
        foreach (var row in rows)
        {
            var words = string.Join("  ", row.Take(3).Select((word, column) => word.PadRight(Width(column))));
            terminal.Out.WriteLine($"  {words}  {row[3].PadLeft(Width(3))} parameters");
        }
        foreach (var tokens in summary.VisualTokens)
            terminal.Out.WriteLine($"  {tokens}");
        foreach (var task in summary.Tasks)
        {
            terminal.Out.WriteLine($"  task {task.Name.PadRight(summary.Tasks.Max(t => t.Name.Length))}  {task.Does}");
            foreach (var line in Wrap(task.About ?? "", Math.Min(terminal.OutStyle.Width, MostColumns) - 4))
                terminal.Out.WriteLine($"    {line}");
        }
        if (summary.Variants.Length > 1)
            terminal.Out.WriteLine($"  variants: {string.Join(", ", summary.Variants)}");

        int Width(int column) => rows.Max(r => r[column].Length);
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line += line.Length > 0 ? $" {word}" : word;
        }
        if (line.Length > 0)
            yield return line;
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
