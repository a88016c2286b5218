using Mllm.Cli.CommandLine;
using Mllm.Runtime.Inputs;

namespace Mllm.Cli.Commands;

internal sealed class TokenizeCommand : CliCommand
{
    private static readonly Option Tokenizer =
        new("--tokenizer", "PATH", "tokenizer.json, tokenizer.model, a folder with one of them, or `bytes`") { IsRequired = true };
    private static readonly Option Special = new("--special", null, "put the tokenizer's own tokens (beginning, end) around each text");

    public override string Name => "tokenize";

    public override string Summary => "print the token ids of a text";

    public override string Details => """
        Without TEXT, each line of standard input is one text. Prints one line for each text: its ids, or with --json an
        object with `text`, `ids` and `decoded`.
        """;

    public override IReadOnlyList<Operand> Operands => [new("TEXT", "one text; otherwise lines are read from standard input", IsOptional: true)];

    public override IReadOnlyList<Option> Options => [Tokenizer, Special, ModelOptions.Json];

    public override IReadOnlyList<string> Examples =>
        ["tokenize --tokenizer tokenizer.json \"a photo of a cat\"", "tokenize --tokenizer llama/ --json < prompts.txt"];

    public override int Run(Arguments arguments, Host host)
    {
        var path = arguments.Text(Tokenizer)!;
        InputResult<TextTokenizer> loaded;
        using (new Progress(host.Terminal, "reading the tokenizer"))
            loaded = host.Runtime.Tokenizer(path);
        if (!loaded.TryGet(out var tokenizer, out var problem))
            throw new Failure(problem);
        foreach (var text in arguments.Operands.Count > 0 ? [arguments.Operand] : Lines(host))
        {
            var ids = tokenizer.Encode(text, arguments.Has(Special));
            host.Terminal.Out.Write(arguments.Has(ModelOptions.Json) ? ToJson(text, ids, tokenizer.Decode(ids)) : $"{string.Join(' ', ids)}\n");
        }
        return ExitCode.Ok;
    }

    private static IEnumerable<string> Lines(Host host)
    {
        while (host.Terminal.In.ReadLine() is { } line)
        {
            host.Cancellation.ThrowIfCancellationRequested();
            yield return line;
        }
    }

    private static string ToJson(string text, long[] ids, string decoded) => JsonText.Object(
        json =>
        {
            json.WriteString("text", text);
            json.WriteList("ids", ids, json.WriteNumberValue);
            json.WriteString("decoded", decoded);
        },
        isOneLine: true);
}
