using System.Globalization;
using Mllm.Cli.CommandLine;

namespace Mllm.Cli.Commands;

internal sealed class RunCommand : CliCommand
{
    private static readonly Option Image = new("--image", "FILE", "a PNG or JPEG picture; the default is one that ships with mllmc, or all of them") { IsRepeatable = true };
    private static readonly Option Task = new("--task", "NAME", "what to do, by a task of the file; the default is its first task, or to generate");
    private static readonly Option Prompt = new("--prompt", "TEXT", "what to say to the model; the default is the file's own text; several are candidates for a score") { IsRepeatable = true };
    private static readonly Option Text = new("--text", "NAME=TEXT", "what one text beside the prompt says, by its name in the file") { IsRepeatable = true };
    private static readonly Option Weights = new("--weights", "PATH", "a checkpoint, as for `mllmc weights --from`; the default is the file's own, or else random numbers") { IsRepeatable = true };
    private static readonly Option Random = new("--random", null, "seeded random numbers for weights, also where the file has some of its own");
    private static readonly Option Device = new("--device", "NAME", "auto, cpu, cuda or cuda:N; the default is auto");
    private static readonly Option Dtype = new("--dtype", "NAME", "auto, f32 or bf16; the default is auto");
    private static readonly Option MaxTokens = new("--max-tokens", "N", "stop after N tokens");
    private static readonly Option Beams = new("--beams", "N", "keep the N likeliest unfinished texts side by side; the default is the task's, or 1");
    private static readonly Option Temperature = new("--temperature", "T", "0 takes the likeliest token (the default), more gives more variety");
    private static readonly Option TopP = new("--top-p", "P", "sample from the likeliest tokens that together have probability P; the default is 1");
    private static readonly Option Seed = new("--seed", "N", "the seed of everything random; the default is 0");
    private static readonly Option Quiet = new("--quiet", null, "only the generated text, or the numbers of a score");

    public override string Name => "run";

    public override string Summary => "generate text from pictures and a prompt, or score them";

    public override string Details => """
        `mllmc FILE --run` is the same. Says what was compiled, streams the tokens, then says how fast it was. A model
        that does not fit into memory is refused before anything is allocated. A task that gives a score compares all
        pictures with all prompts; `*` marks the best.

        Weights belong to a file where `weights/NAME/model.safetensors` stands beside it, NAME being the file's (with
        `-VARIANT` for another variant than `tiny`), and says that it is of this model and variant, as what `mllmc train`
        and `mllmc export` write does. With them and without `--image`, the model says what is in each picture that ships
        with mllmc: by the task `caption`, or else its first. All else are random numbers.
        """;

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File];

    public override IReadOnlyList<Option> Options =>
        [Task, Image, Prompt, Text, ModelOptions.Variant, ModelOptions.Set, Weights, Random, Device, Dtype, MaxTokens, Beams, Temperature, TopP, Seed, Quiet, ModelOptions.Json];

    public override IReadOnlyList<string> Examples =>
    [
        "architectures/flamingo.mllm --run",
        "run architectures/llava.mllm --image cat.jpg --prompt \"What is this?\" --max-tokens 32",
        "run architectures/llava.mllm --variant 1.5-7B --weights ~/models/llava-1.5-7b-hf --device cuda --dtype bf16",
        "run architectures/blip.mllm --task match --image cat.jpg --prompt \"a cat\" --prompt \"a dog\"",
        "run my.mllm --set depth=4 --temperature 0.7 --top-p 0.9 --seed 1",
    ];

    public override int Run(Arguments arguments, Host host)
    {
        var request = Read(arguments);
        var (isJson, isQuiet) = (arguments.Has(ModelOptions.Json), arguments.Has(Quiet));
        using var progress = new Progress(host.Terminal, "compiling");
        var stage = host.Runtime.Run(request, Started, Token, progress, host.Cancellation);
        if (!stage.TryTake(arguments, host, out var report))
            return ExitCode.Findings;
        var output = host.Terminal.Out;
        switch (report)
        {
            case var _ when isJson:
                output.Write(RunJson.Of(report));
                break;
            case ScoreReport scores:
                ScoreTable.Write(scores, isQuiet, host.Terminal);
                break;
            case SampleReport samples:
                SampleTable.Write(samples, isQuiet, output);
                break;
            case GenerationReport generation when !isQuiet:
                WriteSpeed(generation, output);
                break;
            default:
                output.WriteLine();
                break;
        }
        return ExitCode.Ok;

        void Started(RunSetup setup)
        {
            progress.Dispose();
            if (!isJson && !isQuiet)
                WriteSetup(setup, request.Model.Path, host.Terminal);
        }

        void Token(string text)
        {
            if (isJson)
                return;
            host.Terminal.Out.Write(Harmless(text));
            host.Terminal.Out.Flush();
        }
    }

    /// <summary>A model can say anything, also what a terminal would obey: of the control characters only line breaks and tabs pass.</summary>
    internal static string Harmless(string text) => text.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))
        ? string.Concat(text.Select(c => char.IsControl(c) && c is not ('\n' or '\t') ? '\uFFFD' : c))
        : text;

    private static RunRequest Read(Arguments arguments)
    {
        var (beams, temperature) = (arguments.Count(Beams), arguments.Number(Temperature, 0, double.PositiveInfinity) ?? 0);
        if (beams > 1 && temperature > 0)
            throw arguments.Wrong("`--beams` looks for the likeliest text, `--temperature` draws one: they exclude each other");
        return new RunRequest(ModelOptions.Read(arguments) with { Task = arguments.Text(Task) })
        {
            Images = [.. arguments.All(Image)],
            ShowsSamples = true,
            Prompts = [.. arguments.All(Prompt)],
            Texts = [.. ModelOptions.Settings(arguments, Text)],
            Weights = [.. arguments.All(Weights)],
            IsRandom = arguments.Has(Random) && arguments.Has(Weights) ? throw arguments.Wrong("`--random` and `--weights` exclude each other") : arguments.Has(Random),
            Device = arguments.Text(Device) ?? "auto",
            Dtype = arguments.Text(Dtype) ?? "auto",
            MaxTokens = arguments.Count(MaxTokens),
            Beams = beams,
            Temperature = temperature,
            TopP = arguments.Number(TopP, 0, 1) ?? 1,
            Seed = arguments.Integer(Seed) ?? 0,
        };
    }

    /// <summary>Shows what is about to be run.</summary>
    public static void WriteSetup(RunSetup setup, string path, Terminal terminal)
    {
        ShowCommand.Write(setup.Model with { Variants = [], Tasks = [] }, path, terminal);
        terminal.Out.WriteLine($"  on {setup.Device} in {setup.Dtype}, weights: {setup.Weights}");
        if (setup.Task is { } task)
            terminal.Out.WriteLine($"  task {task.Name}{(task.About is { } about ? $": {about}" : "")}");
        foreach (var input in setup.Inputs)
            terminal.Out.WriteLine($"  {input}");
        terminal.Out.WriteLine();
        terminal.Out.Flush();
    }

    private static void WriteSpeed(GenerationReport report, TextWriter output)
    {
        output.Write("\n\n");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"images  {report.EncodeSeconds:0.000} s"));
        output.WriteLine($"prefill {Speed(report.PrefillTokens, report.PrefillSeconds)}");
        output.WriteLine($"decode  {Speed(report.DecodeTokens, report.DecodeSeconds)}");
        output.WriteLine($"stopped: {report.StopReason}");
    }

    private static string Speed(int tokens, double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens in {seconds:0.000} s")
        + (tokens > 0 && seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({tokens / seconds:0.0} tokens/s)") : "");
}
