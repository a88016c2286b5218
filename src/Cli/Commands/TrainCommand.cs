using System.Collections.Immutable;
using System.Globalization;
using Mllm.Cli.CommandLine;
using Mllm.Cli.Training;
using Mllm.Runtime.Training;

namespace Mllm.Cli.Commands;

internal sealed class TrainCommand : CliCommand
{
    private static readonly Operand File = ModelOptions.File with { IsOptional = true };
    private static readonly Option Stage = new("--stage", "NAME", "a stage to train; the default is all of them in their order") { IsRepeatable = true };
    private static readonly Option Data = new("--data", "PATH", "a file of records or a folder of pictures; several are joined") { IsRepeatable = true };
    private static readonly Option Out = new("--out", "DIR", "the folder of everything that the run writes");
    private static readonly Option Config = new("--config", "FILE", "a YAML file with the settings of the run; options stand over it");
    private static readonly Option Resume = new("--resume", null, "go on with the run in --out after whatever ended it");
    private static readonly Option Weights = new("--weights", "PATH", "a checkpoint that parts begin with; parts that none has begin with fresh numbers") { IsRepeatable = true };
    private static readonly Option Tokenizer = new("--tokenizer", "PATH", "the tokenizer's file or folder; by default that of the weights, else bytes");
    private static readonly Option Steps = new("--steps", "N", "optimizer steps of each stage");
    private static readonly Option Batch = new("--batch", "N", "samples whose loss is computed together; the default is 8");
    private static readonly Option Accumulate = new("--accumulate", "N", "such batches in each step; the default is 1");
    private static readonly Option Rate = new("--learning-rate", "R", "in place of the stage's");
    private static readonly Option SaveEvery = new("--save-every", "N", "steps between checkpoints; the default is 500");
    private static readonly Option Device = new("--device", "NAME", "auto, cpu, cuda or cuda:N; the default is auto");
    private static readonly Option Dtype = new("--dtype", "NAME", "f32 or bf16 (with float32 masters of what is trained); the default is f32");
    private static readonly Option Threads = new("--threads", "N", "threads of LibTorch; the default is one for each core");
    private static readonly Option Seed = new("--seed", "N", "the seed of everything random; the default is 0");

    public override string Name => "train";

    public override string Summary => "train the stages of a model";

    public override string Details => """
        The stages run in the order of the file, each from where the last one ended; what each trains, freezes and adapts,
        by which loss and how, is said by the file alone. In --out stand the weights of each stage, checkpoints, metrics
        (metrics.jsonl, TensorBoard events, a plot of the loss) and run.json. Ctrl-C saves and exits; --resume goes on, also
        after a crash, with the same numbers as an uninterrupted run.
        """;

    public override IReadOnlyList<Operand> Operands => [File];

    public override IReadOnlyList<Option> Options =>
        [Stage, Data, Out, Config, Resume, ModelOptions.Variant, ModelOptions.Set, Weights, Tokenizer, Steps, Batch, Accumulate, Rate, SaveEvery, Device, Dtype, Threads, Seed];

    public override IReadOnlyList<string> Examples =>
    [
        "train architectures/llava.mllm --stage align --data captions.jsonl --out runs/llava",
        "train --config recipes/llava.yaml",
        "train --config recipes/llava.yaml --resume",
    ];

    public override int Run(Arguments arguments, Host host)
    {
        var request = Read(arguments);
        using var stopping = host.Cancellation.Register(() => host.Terminal.Error.Write("\nstopping after this step; a second Ctrl-C ends at once, without saving\n"));
        var stage = host.Runtime.Train(request, Begin, () => new TrainingBar(host.Terminal), Warn, host.Cancellation);
        if (!stage.TryTake(arguments, host, out var report))
            return ExitCode.Findings;
        host.Terminal.Out.WriteLine(report.Result.IsComplete
            ? string.Create(CultureInfo.InvariantCulture, $"done, the last loss is {report.Result.Point.Loss:0.0000}; the weights are in {report.Result.Weights}")
            : $"stopped after step {report.Result.Point.Step} of '{report.Result.Point.Name}'; --resume goes on");
        return report.Result.IsComplete ? ExitCode.Ok : ExitCode.Interrupted;

        void Begin(TrainSetup setup)
        {
            Write(setup, request, host.Terminal);
            // A step and a checkpoint of a large model take minutes, which are worth less than the run.
            host.AskPatience(Timeout.InfiniteTimeSpan);
        }

        void Warn(string message) => host.Terminal.Error.Write($"warning: {message}\n");
    }

    private static TrainRequest Read(Arguments arguments)
    {
        var file = arguments.Text(Config) is { } path ? RunFile.Read(path) : new RunFile();
        var model = arguments.Operands.FirstOrDefault() ?? file.Model ?? throw arguments.Wrong("`mllmc train` needs a FILE, or a `model` in --config");
        var settings = (file.Set ?? []).Select(s => new Setting(s.Key, s.Value)).Concat(ModelOptions.Settings(arguments, ModelOptions.Set));
        var asked = new ModelRequest(model, arguments.Text(ModelOptions.Variant) ?? file.Variant, [.. settings.Select(s => new Setting(s.Name, s.Value.Trim()))], null);
        ImmutableArray<string> named = [.. arguments.All(Stage)];
        ImmutableArray<string> stages = named.IsEmpty ? [.. file.Stages?.Keys ?? Enumerable.Empty<string>()] : named;
        var run = new TrainingOptions(arguments.Text(Out) ?? file.Out ?? throw arguments.Wrong("`mllmc train` needs --out, or `out` in --config"));
        ImmutableArray<string> weights = [.. arguments.All(Weights)];
        return new TrainRequest(asked, stages, s => Over(file.OptionsOf(s), arguments), run with
        {
            Seed = (ulong?)arguments.Integer(Seed) ?? file.Seed ?? 0,
            SaveEvery = arguments.Integer(SaveEvery, least: 1) ?? file.SaveEvery ?? run.SaveEvery,
            Keep = file.Keep ?? run.Keep,
            Workers = file.Workers ?? run.Workers,
            CacheBytes = file.CacheMib is { } mib ? mib << 20 : run.CacheBytes,
        })
        {
            Weights = weights.IsEmpty ? [.. file.Weights ?? []] : weights,
            Tokenizer = arguments.Text(Tokenizer) ?? file.Tokenizer,
            Device = arguments.Text(Device) ?? file.Device ?? "auto",
            Dtype = arguments.Text(Dtype) ?? file.Dtype ?? "f32",
            Threads = (int?)arguments.Integer(Threads, least: 1) ?? file.Threads,
            Resume = arguments.Has(Resume),
        };
    }

    private static StageOptions Over(StageOptions options, Arguments arguments)
    {
        ImmutableArray<string> data = [.. arguments.All(Data)];
        return options with
        {
            Data = data.IsEmpty ? options.Data : data,
            Steps = arguments.Integer(Steps, least: 1) ?? options.Steps,
            Batch = (int?)arguments.Integer(Batch, least: 1) ?? options.Batch,
            Accumulate = (int?)arguments.Integer(Accumulate, least: 1) ?? options.Accumulate,
            LearningRate = arguments.Number(Rate, 0, double.PositiveInfinity) ?? options.LearningRate,
        };
    }

    private static void Write(TrainSetup setup, TrainRequest request, Terminal terminal)
    {
        ShowCommand.Write(setup.Model with { Variants = [], Tasks = [] }, request.Model.Path, terminal);
        terminal.Out.WriteLine($"  on {setup.Device} in {setup.Dtype}, into {request.Run.Out}");
        foreach (var part in setup.Parts)
            terminal.Out.WriteLine($"  {part.Key} begins {(part.Value == "fresh" ? "with fresh numbers" : $"with {part.Value}")}");
        foreach (var stage in setup.Stages)
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  stage {stage.Name} trains {stage.Trained:N0} of {stage.Parameters:N0} parameters on {stage.Data}, {stage.Batch * stage.Accumulate} samples a step"));
        terminal.Out.WriteLine();
        terminal.Out.Flush();
    }
}
