using System.Text;
using Mllm.Cli.CommandLine;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Printing;

namespace Mllm.Cli.Commands;

internal sealed class GraphCommand : CliCommand
{
    /// <summary>The ways to write a graph, by the word for <c>--format</c>.</summary>
    private static readonly SortedDictionary<string, Func<Graph, string>> Formats = new(StringComparer.Ordinal)
    {
        ["text"] = GraphPrinter.ToText,
        ["json"] = GraphPrinter.ToJson,
        ["mermaid"] = GraphPrinter.ToMermaid,
        ["dot"] = GraphPrinter.ToDot,
        ["svg"] = GraphPrinter.ToSvg,
    };

    private static readonly Option Format = new("--format", "FORMAT", "the default is text") { Choices = [.. Formats.Keys] };
    private static readonly Option Out = new("--out", "FILE", "write to FILE instead of standard output");

    public override string Name => "graph";

    public override string Summary => "write the compiled graph";

    public override string Details => """
        text and json are complete. mermaid, dot (Graphviz) and svg draw an overview: components, what flows between
        them, and repeated layers as one.
        """;

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File];

    public override IReadOnlyList<Option> Options => [Format, Out, ModelOptions.Variant, ModelOptions.Set, ModelOptions.Task];

    public override IReadOnlyList<string> Examples =>
        ["graph architectures/llava.mllm", "graph architectures/flamingo.mllm --variant 9B --format svg --out flamingo.svg"];

    public override int Run(Arguments arguments, Host host)
    {
        if (!host.Compiler.Compile(ModelOptions.Read(arguments)).TryTake(arguments, host, out var graph))
            return ExitCode.Findings;
        var text = Formats[arguments.Text(Format) ?? "text"](graph).TrimEnd('\n') + "\n";
        if (arguments.Text(Out) is not { } file)
            host.Terminal.Out.Write(text);
        else
            Save(file, text);
        return ExitCode.Ok;
    }

    private static void Save(string file, string text)
    {
        try
        {
            File.WriteAllText(file, text, new UTF8Encoding(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{file} cannot be written: {e.Message}");
        }
    }
}
