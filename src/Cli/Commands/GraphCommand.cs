using System.Text;
using Mllm.Cli.CommandLine;
using Mllm.Cli.Graphs;

namespace Mllm.Cli.Commands;

internal sealed class GraphCommand : CliCommand
{
    private static readonly Option Format = new("--format", "FORMAT", "the default is text") { Choices = [.. GraphFormat.All.Select(f => f.Name)] };
    private static readonly Option Out = new("--out", "FILE", "write to FILE instead of standard output");

    public override string Name => "graph";

    public override string Summary => "write the compiled graph";

    public override string Details => """
        text and json are complete. mermaid, dot (Graphviz) and svg draw an overview: components, what flows between
        them, and repeated layers as one.
        """;

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File];

    public override IReadOnlyList<Option> Options => [Format, Out, ModelOptions.Variant, ModelOptions.Set];

    public override IReadOnlyList<string> Examples =>
        ["graph architectures/llava.mllm", "graph architectures/flamingo.mllm --variant 9B --format svg --out flamingo.svg"];

    public override int Run(Arguments arguments, Host host)
    {
        if (!host.Compiler.Compile(ModelOptions.Read(arguments)).TryTake(arguments, host, out var graph))
            return ExitCode.Findings;
        var name = arguments.Text(Format) ?? "text";
        var text = GraphFormat.All.First(f => f.Name == name).Write(graph, host.Compiler);
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
