using Mllm.Cli.CommandLine;

namespace Mllm.Cli.Commands;

internal sealed class DoctorCommand : CliCommand
{
    public override string Name => "doctor";

    public override string Summary => "say what this machine offers: LibTorch, devices, threads, bf16, memory";

    public override string Details => """
        Loads LibTorch and computes a little on every device. Exit status 1 says that models cannot run here, and the
        report says why.
        """;

    public override IReadOnlyList<Option> Options => [ModelOptions.Json];

    public override IReadOnlyList<string> Examples => ["doctor", "doctor --json"];

    public override int Run(Arguments arguments, Host host)
    {
        Mllm.Runtime.Native.DoctorReport report;
        using (new Progress(host.Terminal, "examining this machine"))
            report = host.Runtime.Examine();
        host.Terminal.Out.WriteLine((arguments.Has(ModelOptions.Json) ? report.ToJson() : report.ToText()).TrimEnd());
        return report.IsHealthy ? ExitCode.Ok : ExitCode.Findings;
    }
}
