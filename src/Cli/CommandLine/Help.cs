using System.Text;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli.CommandLine;

/// <summary>Writes the help of <c>mllmc</c> and of its commands from their declarations.</summary>
internal static class Help
{
    private const int Indent = 2;

    public static string Overview(RenderOptions style)
    {
        var text = new StringBuilder();
        text.Append("mllmc: checks, plans and runs multimodal language models that are written as text\n");
        Section(text, "usage", style,
        [
            ("mllmc FILE", "check FILE and say what it describes"),
            ("mllmc FILE --run [options]", "run its default variant; the options are those of `mllmc run`"),
            ("mllmc COMMAND [options]", "one of the commands below"),
        ]);
        Section(text, "commands", style, CommandTable.All.Select(c => (c.Name, c.Summary)));
        Section(text, "options", style, [("--help", "this text, or with a command, its own"), ("--version", "the version of mllmc")]);
        Section(text, "start with", style,
        [
            ("mllmc architectures/flamingo.mllm --run", ""), ("mllmc plan architectures/llava.mllm --variant 1.5-7B", ""), ("mllmc explain attention", ""),
        ]);
        text.Append("\nExit status: 0 done, 1 mistakes or mismatches found, 2 wrong usage or environment, 70 a bug in mllmc, 130 interrupted.\n");
        return text.ToString();
    }

    public static string Of(CliCommand command, RenderOptions style)
    {
        var text = new StringBuilder($"mllmc {command.Name}: {command.Summary}\n");
        if (command.Details.Length > 0)
            text.Append('\n').Append(command.Details.Trim()).Append('\n');
        Section(text, "usage", style, [(Usage(command), "")]);
        Section(text, "arguments", style, command.Operands.Select(o => (Word(o), o.Help)));
        Section(text, "options", style, command.Options.Select(o => (Word(o), o.Help + Notes(o))).Append(("--help", "this text")));
        Section(text, "examples", style, command.Examples.Select(e => ($"mllmc {e}", "")));
        return text.ToString();
    }

    /// <summary>The one line that shows what a command takes.</summary>
    public static string Usage(CliCommand command) => string.Join(' ',
    [
        "mllmc", command.Name,
        .. command.Operands.Select(o => o.IsOptional ? $"[{Word(o)}]" : Word(o)),
        .. command.Options.Where(o => o.IsRequired).Select(Word),
        .. command.Options.Any(o => !o.IsRequired) ? (string[])["[options]"] : [],
    ]);

    private static string Word(Operand operand) => operand.Name + (operand.IsRepeated ? "..." : "");

    private static string Word(Option option) => option.Value is null ? option.Name : $"{option.Name} {option.Value}";

    private static string Notes(Option option) =>
        (option.Choices.Count > 0 ? $": {string.Join(", ", option.Choices)}" : "") + (option.IsRepeatable ? " (may repeat)" : "");

    private static void Section(StringBuilder text, string heading, RenderOptions style, IEnumerable<(string Word, string Meaning)> rows)
    {
        var lines = rows.ToList();
        if (lines.Count == 0)
            return;
        text.Append('\n').Append(new Palette(style.Colour).Paint(Style.Strong, $"{heading}:")).Append('\n');
        var width = lines.Max(l => l.Word.Length);
        foreach (var (word, meaning) in lines)
            text.Append(' ', Indent).Append(meaning.Length == 0 ? word : word.PadRight(width + 2) + meaning).Append('\n');
    }
}
