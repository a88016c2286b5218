using Mllm.Cli.CommandLine;

namespace Mllm.Cli.Commands;

internal sealed class ImportCommand : CliCommand
{
    private static readonly Option Output = new("--output", "FILE", "the .mllm file to write instead of the standard output");
    private static readonly Option As = new("--as", "NAME", "what the model is called; the default is the shipped model's name");

    public override string Name => "import";

    public override string Summary => "turn a Hugging Face configuration into a .mllm file";

    public override string Details => """
        Finds the shipped model that reads the configuration's model_type, evaluates its `config` section, and writes
        the model's own text with one variant, which sets what differs from the model's defaults. The file has been
        checked before it is written; one with errors is not. A key that may change the computation and that is not
        read is warned about.
        """;

    public override IReadOnlyList<Operand> Operands => [new("CONFIG", "a config.json, or a folder with one")];

    public override IReadOnlyList<Option> Options => [Output, As, ModelOptions.Json];

    public override IReadOnlyList<string> Examples => ["import ~/models/opt-2.7b/config.json", "import ~/models/llava-1.5-7b-hf --as Reader --output reader.mllm"];

    public override int Run(Arguments arguments, Host host)
    {
        var (path, name) = (arguments.Text(Output), arguments.Text(As));
        if (name is not null && !(name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')))
            throw arguments.Wrong($"`--as` takes a name of letters, digits and underscores, not `{name}`");
        if (!host.Compiler.Import(arguments.Operand, name, path).TryTake(arguments, host, out var text))
            return ExitCode.Findings;
        if (path is null)
            host.Terminal.Out.Write(arguments.Has(ModelOptions.Json) ? JsonText.Object(json => json.WriteString("text", text)) : text);
        else
            Write(path, text);
        return ExitCode.Ok;
    }

    private static void Write(string path, string text)
    {
        try
        {
            File.WriteAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new Failure($"{path} cannot be written: {e.Message}");
        }
    }
}
