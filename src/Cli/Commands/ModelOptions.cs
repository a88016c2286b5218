using Mllm.Cli.CommandLine;

namespace Mllm.Cli.Commands;

/// <summary>How commands that work on one model name it: a file, a variant, settings.</summary>
internal static class ModelOptions
{
    public static readonly Operand File = new("FILE", "a .mllm file");

    public static readonly Option Variant = new("--variant", "NAME", "a variant of the file; the default is `tiny`, or the first");

    public static readonly Option Set = new("--set", "NAME=VALUE", "another value for one parameter of the variant") { IsRepeatable = true };

    public static readonly Option Task = new("--task", "NAME", "a task of the file; it may ask for values of the variant's parameters");

    public static readonly Option From = new("--from", "PATH", "a checkpoint: a file, an index or a folder; a further one stands over those before it") { IsRepeatable = true };

    public static readonly Option Json = new("--json", null, "one JSON document instead of text");

    /// <summary>The request that the arguments of a command with these options make.</summary>
    public static ModelRequest Read(Arguments arguments) => new(
        arguments.Operand,
        arguments.Text(Variant),
        [.. Settings(arguments, Set).Select(s => new Setting(s.Name, s.Value.Trim()))],
        arguments.Text(Task));

    /// <summary>What an option with values of the form NAME=VALUE was given, in order.</summary>
    public static IEnumerable<Setting> Settings(Arguments arguments, Option option) => arguments.All(option).Select(text => text.IndexOf('=') is > 0 and var at
        ? new Setting(text[..at].Trim(), text[(at + 1)..])
        : throw arguments.Wrong($"`{option.Name}` takes {option.Value}, not `{text}`"));
}
