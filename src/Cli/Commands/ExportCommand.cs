using System.Globalization;
using Mllm.Cli.CommandLine;

namespace Mllm.Cli.Commands;

internal sealed class ExportCommand : CliCommand
{
    private static readonly Option From = ModelOptions.From with { IsRequired = true };
    private static readonly Option Out = new("--out", "FILE", "the .safetensors file to write") { IsRequired = true };
    private static readonly Option Merge = new("--merge", null, "put adapters into the weights that they adapt and leave them out");
    private static readonly Option As = new("--as", "NAME", "name the tensors as this `checkpoint` section does; by default as the model does");
    private static readonly Option Dtype = new("--dtype", "TYPE", "the element type of all tensors; by default each keeps its own") { Choices = ["bf16", "f32", "f64"] };
    private static readonly Option Inference = new("--inference", null, "leave out what only training needs: twins and queues");

    public override string Name => "export";

    public override string Summary => "write a model's weights in other names, or with its adapters merged";

    public override string Details => """
        Reads the model's parameters from a checkpoint and writes them as one .safetensors file, each in the element type
        that it has or in that of `--dtype`. With `--merge`, what an adapter adds is computed in float64 and becomes part of the weights: the file
        fits the same model without adapters and gives the same results.
        """;

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File];

    public override IReadOnlyList<Option> Options => [From, Out, Merge, As, Dtype, Inference, ModelOptions.Variant, ModelOptions.Set];

    public override IReadOnlyList<string> Examples =>
    [
        "export architectures/mplug_owl.mllm --variant 7B-LoRA --from ~/models/owl-lora --merge --as huggingface --out owl.safetensors",
        "export architectures/blip.mllm --from runs/blip --dtype bf16 --inference --out architectures/weights/blip/model.safetensors",
    ];

    public override int Run(Arguments arguments, Host host)
    {
        var request = new ExportRequest(ModelOptions.Read(arguments), [.. arguments.All(From)], arguments.Text(Out)!, arguments.Text(As), arguments.Has(Merge), arguments.Text(Dtype),
            arguments.Has(Inference));
        if (!host.Runtime.Export(request).TryTake(arguments, host, out var report))
            return ExitCode.Findings;
        var merged = request.Merge ? $", {Count(report.Merged, "adapter")} merged" : "";
        host.Terminal.Out.WriteLine($"{request.Out}: {Count(report.Tensors, "tensor")}{merged}");
        return ExitCode.Ok;
    }

    private static string Count(int number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number:N0} {noun}{(number == 1 ? "" : "s")}");
}
