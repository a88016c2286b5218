using Mllm.Cli.CommandLine;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir;

namespace Mllm.Cli.Commands;

internal sealed class ExplainCommand : CliCommand
{
    public override string Name => "explain";

    public override string Summary => "say more about a diagnostic code or a primitive";

    public override string Details => """
        A code's page has an example, what the compiler says about it, and how to mend it. A primitive's page has its
        operands, attributes, parameters and numbered constraints. Without a topic, lists them all.
        """;

    public override IReadOnlyList<Operand> Operands => [new("TOPIC", "a code (MLLM4001, or 4001) or a primitive (attention)", IsOptional: true)];

    public override IReadOnlyList<string> Examples => ["explain MLLM9000", "explain attention", "explain"];

    public override int Run(Arguments arguments, Host host)
    {
        var (output, style) = (host.Terminal.Out, host.Terminal.OutStyle);
        if (arguments.Operands.Count == 0)
        {
            List(output, style, "Codes", ErrorPage.Codes.Select(c => (c, ErrorPage.Find(c)!.Title)));
            List(output, style, "Primitives", OpRegistry.All.Values.OrderBy(o => o.Name, StringComparer.Ordinal).Select(o => (o.Name, o.Summary)));
            return ExitCode.Ok;
        }
        var topic = arguments.Operand;
        output.Write(Explain.Page(topic, style) ?? throw new Failure($"there is no diagnostic code and no primitive `{topic}`")
        {
            Help = Arguments.DidYouMean(Explain.Near(topic)) ?? "`mllmc explain` lists them all",
        });
        return ExitCode.Ok;
    }

    private static void List(TextWriter output, RenderOptions style, string heading, IEnumerable<(string Name, string Meaning)> rows)
    {
        var lines = rows.ToList();
        if (lines.Count == 0)
            return;
        output.WriteLine(new Palette(style.Colour).Paint(Style.Strong, heading));
        var width = lines.Max(l => l.Name.Length);
        foreach (var (name, meaning) in lines)
            output.WriteLine($"  {name.PadRight(width)}  {meaning}");
    }
}
