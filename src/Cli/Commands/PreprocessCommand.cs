using Mllm.Cli.CommandLine;

namespace Mllm.Cli.Commands;

internal sealed class PreprocessCommand : CliCommand
{
    private static readonly Option Image = new("--image", "FILE", "a PNG or JPEG picture") { IsRequired = true };
    private static readonly Option Out = new("--out", "FILE", "the .safetensors file to write; its tensor is called `pixel_values`") { IsRequired = true };

    public override string Name => "preprocess";

    public override string Summary => "write the pixel tensor that a file's `image` section makes of a picture";

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File];

    public override IReadOnlyList<Option> Options => [Image, Out, ModelOptions.Variant, ModelOptions.Set];

    public override IReadOnlyList<string> Examples => ["preprocess architectures/llava.mllm --image cat.jpg --out cat.safetensors"];

    public override int Run(Arguments arguments, Host host)
    {
        var request = new PreprocessRequest(ModelOptions.Read(arguments), arguments.Text(Image)!, arguments.Text(Out)!);
        if (!host.Runtime.Preprocess(request).TryTake(arguments, host, out var written))
            return ExitCode.Findings;
        host.Terminal.Out.WriteLine($"{request.Out}: {written}");
        return ExitCode.Ok;
    }
}
