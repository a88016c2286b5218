using System.Collections.Immutable;
using Mllm.Cli.CommandLine;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli.Commands;

internal sealed class CheckCommand : CliCommand
{
    public override string Name => "check";

    public override string Summary => "find the mistakes in .mllm files";

    public override string Details => """
        Checks each file with everything that it imports, in all its variants, and reports all mistakes at once.
        Needs no weights and no LibTorch.
        """;

    public override IReadOnlyList<Operand> Operands => [new("FILE", "a .mllm file, or a folder, for all .mllm files in it", IsRepeated: true)];

    public override IReadOnlyList<Option> Options => [ModelOptions.Json];

    public override IReadOnlyList<string> Examples => ["check architectures/llava.mllm", "check architectures", "check model.mllm --json"];

    public override int Run(Arguments arguments, Host host)
    {
        var found = ImmutableArray.CreateBuilder<Diagnostic>();
        var files = arguments.Operands.SelectMany(Expand).Distinct(StringComparer.Ordinal).ToList();
        using (var progress = new Progress(host.Terminal, "checking"))
        {
            foreach (var (index, file) in files.Index())
            {
                host.Cancellation.ThrowIfCancellationRequested();
                progress.Report((double)index / files.Count);
                found.AddRange(host.Compiler.Check(file));
            }
        }
        var terminal = host.Terminal;
        if (arguments.Has(ModelOptions.Json))
        {
            terminal.Out.Write(JsonRenderer.Render(found));
        }
        else
        {
            var what = files.Count == 1 ? files[0] : $"{files.Count} files";
            var summary = found.Count > 0 ? Renderer.Summary(found, terminal.OutStyle) : new Palette(terminal.OutStyle.Colour).Paint(Style.Good, "ok");
            terminal.Out.Write(Renderer.Render(found, terminal.OutStyle));
            terminal.Out.WriteLine($"{(found.Count > 0 ? "\n" : "")}{what}: {summary}");
        }
        return found.Any(d => d.Severity == Severity.Error) ? ExitCode.Findings : ExitCode.Ok;
    }

    private static IEnumerable<string> Expand(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        var files = Directory.EnumerateFiles(path, "*.mllm", SearchOption.AllDirectories).Select(f => f.Replace('\\', '/')).Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new Failure($"there is no .mllm file in {path}");
    }
}
