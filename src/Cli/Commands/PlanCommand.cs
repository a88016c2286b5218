using Mllm.Cli.CommandLine;

namespace Mllm.Cli.Commands;

internal sealed class PlanCommand : CliCommand
{
    private static readonly Option Stage = new("--stage", "NAME", "count what this training stage trains");
    private static readonly Option Text = new("--text", "N", "give numbers for N text tokens; otherwise formulas in `text`");
    private static readonly Option Images = new("--images", "N", "give numbers for N images; otherwise formulas in `images`");

    public override string Name => "plan";

    public override string Summary => "say what a model needs: parameters, memory, visual tokens, cache, FLOPs";

    public override string Details => """
        Every quantity is a formula in the symbolic sizes and a number. Allocates nothing and needs no LibTorch,
        however large the model is.
        """;

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File];

    public override IReadOnlyList<Option> Options => [ModelOptions.Variant, ModelOptions.Set, ModelOptions.Task, Stage, Text, Images, ModelOptions.Json];

    public override IReadOnlyList<string> Examples =>
    [
        "plan architectures/flamingo.mllm --variant 80B",
        "plan architectures/llava.mllm --text 512 --images 2",
        "plan architectures/flamingo.mllm --stage pretrain --json",
    ];

    public override int Run(Arguments arguments, Host host)
    {
        var request = new PlanRequest(ModelOptions.Read(arguments), arguments.Text(Stage), arguments.Integer(Text), arguments.Integer(Images));
        if (!host.Compiler.Plan(request).TryTake(arguments, host, out var plan))
            return ExitCode.Findings;
        host.Terminal.Out.Write(arguments.Has(ModelOptions.Json) ? plan.ToJson() : plan.ToText(host.Terminal.OutStyle));
        return ExitCode.Ok;
    }
}
