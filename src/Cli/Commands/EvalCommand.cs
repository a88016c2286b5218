using Mllm.Cli.CommandLine;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli.Commands;

internal sealed class EvalCommand : CliCommand
{
    private static readonly Option Data = new("--data", "PATH", "records: a .jsonl or .json file, or a folder of pictures") { IsRepeatable = true, IsRequired = true };
    private static readonly Option Task = new("--task", "NAME", "what to evaluate, by a task of the file; the default is its first task, or to generate");
    private static readonly Option Weights = new("--weights", "PATH", "a checkpoint, as for `mllmc weights --from`; the default is the file's own, or else random numbers") { IsRepeatable = true };
    private static readonly Option Random = new("--random", null, "seeded random numbers for weights, also where the file has some of its own");
    private static readonly Option Limit = new("--limit", "N", "the first N records only");
    private static readonly Option Batch = new("--batch", "N", "how many run together; the default is 8 samples, or 64 pairs of a picture and a text");
    private static readonly Option MaxTokens = new("--max-tokens", "N", "the most tokens of an answer; the default is 48");
    private static readonly Option Beams = new("--beams", "N", "keep the N likeliest unfinished texts side by side; the default is the task's, or 1");
    private static readonly Option By = new("--by", "FIELD", "figures for each value of this field of the records too");
    private static readonly Option Out = new("--out", "FILE", "what the model gave for each sample, as JSON Lines");
    private static readonly Option Strict = new("--strict", null, "end at a broken record; else it is left out and reported");
    private static readonly Option Device = new("--device", "NAME", "auto, cpu, cuda or cuda:N; the default is auto");
    private static readonly Option Dtype = new("--dtype", "NAME", "auto, f32 or bf16; the default is auto");
    private static readonly Option Seed = new("--seed", "N", "the seed of random weights; the default is 0");

    public override string Name => "eval";

    public override string Summary => "measure a model's answers, or its retrieval, on data";

    public override string Details => """
        A task that generates answers each record's question, or the task's own: exact match, token F1, BLEU,
        CIDEr-D, and the loss and perplexity of the records' answers. A task that gives a score retrieves: recall@1, 5
        and 10 over all pictures and texts of the data, both ways, beside chance. Each figure stands with what it was
        taken over; docs/evaluation.md has the definitions and the form of --json and --out.
        """;

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File];

    public override IReadOnlyList<Option> Options =>
        [Data, Task, ModelOptions.Variant, ModelOptions.Set, Weights, Random, Limit, Batch, MaxTokens, Beams, By, Out, Strict, Device, Dtype, Seed, ModelOptions.Json];

    public override IReadOnlyList<string> Examples =>
    [
        "eval architectures/llava.mllm --weights runs/llava --data data/emoji/captions-twemoji.jsonl --task caption",
        "eval architectures/blip.mllm --weights runs/blip --data data/emoji/captions-twemoji.jsonl --task retrieve --batch 64",
        "eval my.mllm --weights w --data test.jsonl --by category --out predictions.jsonl --json",
    ];

    public override int Run(Arguments arguments, Host host)
    {
        var request = Read(arguments);
        var (isJson, terminal) = (arguments.Has(ModelOptions.Json), host.Terminal);
        Stage<EvalReport?> stage;
        using (var progress = new Progress(terminal, "compiling"))
            stage = host.Runtime.Evaluate(request, Started, Warn, progress, host.Cancellation);
        if (!stage.TryTake(arguments, host, out var report))
            return ExitCode.Findings;
        if (isJson)
            terminal.Out.Write(EvalJson.Of(report));
        else
            EvalTable.Write(report, request.By, terminal.Out);
        return ExitCode.Ok;

        void Started(RunSetup setup)
        {
            if (!isJson)
                RunCommand.WriteSetup(setup, request.Model.Path, terminal);
        }

        void Warn(string message) => terminal.Error.WriteLine($"warning: {message}");
    }

    private static EvalRequest Read(Arguments arguments) => new(ModelOptions.Read(arguments) with { Task = arguments.Text(Task) })
    {
        Data = [.. arguments.All(Data)],
        Weights = [.. arguments.All(Weights)],
        IsRandom = arguments.Has(Random) && arguments.Has(Weights) ? throw arguments.Wrong("`--random` and `--weights` exclude each other") : arguments.Has(Random),
        Limit = arguments.Count(Limit),
        Batch = arguments.Count(Batch),
        MaxTokens = arguments.Count(MaxTokens) ?? 48,
        Beams = arguments.Count(Beams),
        By = arguments.Text(By),
        Out = arguments.Text(Out),
        IsStrict = arguments.Has(Strict),
        Device = arguments.Text(Device) ?? "auto",
        Dtype = arguments.Text(Dtype) ?? "auto",
        Seed = arguments.Integer(Seed) ?? 0,
    };
}
