using System.Collections.Immutable;
using System.Globalization;
using Mllm.Cli.CommandLine;
using Mllm.Cli.Comparison;
using Mllm.Cli.Training;

namespace Mllm.Cli.Commands;

internal sealed class CompareCommand : CliCommand
{
    private static readonly Operand Models = new("FILE", "a .mllm file, FILE:VARIANT for one of its variants, or a .yaml file of `train`, for its model and weights", IsOptional: true, IsRepeated: true);
    private static readonly Option Variant = new("--variant", "NAME", "the variant of files that are named without one; the default is `tiny`, or the first");
    private static readonly Option Data = new("--data", "PATH", "records or a folder of pictures to train on; several are joined") { IsRepeatable = true };
    private static readonly Option Test = new("--test", "PATH", "those held out, to evaluate on") { IsRepeatable = true };
    private static readonly Option Steps = new("--steps", "N", "the budget: optimizer steps of each model, all its stages together");
    private static readonly Option Minutes = new("--minutes", "M", "the budget: minutes of training of each model, turned into steps by a measured pace");
    private static readonly Option Seeds = new("--seeds", "N,N...", "the seeds, each a training from the beginning; the default is 0,1,2");
    private static readonly Option Batch = new("--batch", "N", "samples of a step; the default is 8");
    private static readonly Option Rate = new("--learning-rate", "R", "in every stage of every model; the default is each stage's own");
    private static readonly Option Weights = new("--weights", "PATH", "a checkpoint that parts begin with, in every model that has such a part") { IsRepeatable = true };
    private static readonly Option Tokenizer = new("--tokenizer", "PATH", "the tokenizer of all models; the default is bytes");
    private static readonly Option Stage = new("--stage", "NAME[=SHARE]", "a stage to train, with its share of the budget; the default is all of each file, in equal shares") { IsRepeatable = true };
    private static readonly Option Task = new("--task", "NAME", "what to evaluate; the default is each file's first task");
    private static readonly Option MaxTokens = new("--max-tokens", "N", "the most tokens of an answer; the default is 48");
    private static readonly Option Limit = new("--limit", "N", "the first N records of --test only");
    private static readonly Option Config = new("--config", "FILE", "a YAML file with all of this; what is given here stands over it");
    private static readonly Option Out = new("--out", "DIR", "the folder of everything that is written");
    private static readonly Option Resume = new("--resume", null, "go on with what --out holds: a model and seed that is done is not run again");
    private static readonly Option Markdown = new("--markdown", "FILE", "write the table as Markdown too");
    private static readonly Option Device = new("--device", "NAME", "auto, cpu, cuda or cuda:N; the default is auto");
    private static readonly Option Dtype = new("--dtype", "NAME", "f32 or bf16; the default is f32");
    private static readonly Option Threads = new("--threads", "N", "threads of LibTorch; the default is one for each core");

    public override string Name => "compare";

    public override string Summary => "train and evaluate several models under the same conditions";

    public override string Details => """
        Each model is trained on the same samples in the same order, with the same batch, budget and tokenizer, once for each
        seed, and then evaluated on the same test data. The table has its parameters, visual tokens and operations, the training
        loss (mean over the last tenth of the steps), the test loss, exact match, token F1 and seconds of a step, with mean and
        standard deviation over the seeds; under it stands what differs and could not be made equal. --out gets a folder
        NAME-SEED for each training, comparison.json and losses.svg. docs/comparison.md explains it.
        """;

    public override IReadOnlyList<Operand> Operands => [Models];

    public override IReadOnlyList<Option> Options =>
        [Variant, Data, Test, Steps, Minutes, Seeds, Batch, Rate, Weights, Tokenizer, Stage, Task, MaxTokens, Limit, Config, Out, Resume, Markdown, ModelOptions.Json, Device, Dtype, Threads];

    public override IReadOnlyList<string> Examples =>
    [
        "compare architectures/llava.mllm my-hybrid.mllm --data train.jsonl --test test.jsonl --steps 500 --out runs/mine",
        "compare llava.mllm:tiny blip2.mllm flamingo.mllm --data d --test t --minutes 10 --seeds 0,1 --out r --markdown table.md",
        "compare --config recipes/compare.yaml --resume",
    ];

    public override int Run(Arguments arguments, Host host)
    {
        var request = Read(arguments);
        var models = ImmutableArray.CreateBuilder<(Contestant, ModelFacts)>();
        // Every file is checked before hours are spent on the first.
        foreach (var model in request.Models)
        {
            if (!ModelFacts.Of(model, request.Conditions).TryTake(arguments, host, out var facts))
                return ExitCode.Findings;
            models.Add((model, facts));
        }
        if (new CompareSession(request, models.ToImmutable(), host).Run() is not { } report)
        {
            host.Terminal.Error.WriteLine("stopped; --resume goes on");
            return ExitCode.Interrupted;
        }
        ComparisonPlot.Save(report);
        File.WriteAllText(Path.Combine(request.Out, "comparison.json"), ComparisonJson.Of(report));
        if (arguments.Text(Markdown) is { } path)
            File.WriteAllText(path, ComparisonTable.ToMarkdown(report));
        host.Terminal.Out.Write(arguments.Has(ModelOptions.Json) ? ComparisonJson.Of(report) : ComparisonTable.ToText(report));
        return ExitCode.Ok;
    }

    private static CompareRequest Read(Arguments arguments)
    {
        var file = arguments.Text(Config) is { } path ? CompareFile.Read(path) : new CompareFile();
        var given = file.ToConditions();
        var conditions = given with
        {
            Data = Over(Data, given.Data),
            Test = Over(Test, given.Test),
            Steps = arguments.Integer(Steps, least: 1) ?? (arguments.Has(Minutes) ? null : given.Steps),
            Minutes = arguments.Number(Minutes, 0, double.PositiveInfinity) ?? (arguments.Has(Steps) ? null : given.Minutes),
            Seeds = arguments.Text(Seeds) is { } seeds ? SeedsOf(seeds, arguments) : given.Seeds,
            Batch = (int?)arguments.Integer(Batch, least: 1) ?? given.Batch,
            LearningRate = arguments.Number(Rate, 0, double.PositiveInfinity) ?? given.LearningRate,
            Weights = Over(Weights, given.Weights),
            Tokenizer = arguments.Text(Tokenizer) ?? given.Tokenizer,
            Stages = arguments.Has(Stage) ? [.. arguments.All(Stage).Select(s => ShareOf(s, arguments))] : given.Stages,
            Task = arguments.Text(Task) ?? given.Task,
            MaxTokens = (int?)arguments.Integer(MaxTokens, least: 1) ?? given.MaxTokens,
            Limit = (int?)arguments.Integer(Limit, least: 1) ?? given.Limit,
            Device = arguments.Text(Device) ?? given.Device,
            Dtype = arguments.Text(Dtype) ?? given.Dtype,
            Threads = (int?)arguments.Integer(Threads, least: 1) ?? given.Threads,
        };
        var models = Named(arguments.Operands.Count > 0 ? arguments.Operands.Select(o => (Name: (string?)null, Model: ContestantOf(o))) : file.Contestants, arguments.Text(Variant));
        var missing = models.IsEmpty ? "a FILE, or `models` in --config" : conditions.Data.IsEmpty ? "--data, or `data` in --config" : conditions.Test.IsEmpty ? "--test, or `test` in --config"
            : (conditions.Steps is null) == (conditions.Minutes is null) ? "either --steps or --minutes" : conditions.Seeds.IsEmpty ? "a seed" : null;
        return missing is null ? new CompareRequest(models, conditions, arguments.Text(Out) ?? file.Out ?? throw arguments.Wrong("`mllmc compare` needs --out, or `out` in --config"), arguments.Has(Resume))
            : throw arguments.Wrong($"`mllmc compare` needs {missing}");

        ImmutableArray<string> Over(Option option, ImmutableArray<string> otherwise) => arguments.Has(option) ? [.. arguments.All(option)] : otherwise;
    }

    /// <summary>FILE, FILE:VARIANT, or the model of a run's YAML file with the weights that it begins with.</summary>
    private static Contestant ContestantOf(string operand)
    {
        if (operand.EndsWith(".yaml", StringComparison.Ordinal) || operand.EndsWith(".yml", StringComparison.Ordinal))
        {
            var run = RunFile.Read(operand);
            return new Contestant("", new ModelRequest(run.Model ?? throw new Failure($"{operand} names no `model`"), run.Variant, [.. (run.Set ?? []).Select(s => new Setting(s.Key, s.Value.Trim()))])) { Weights = [.. run.Weights ?? []] };
        }
        var colon = File.Exists(operand) ? -1 : operand.LastIndexOf(':');
        return new Contestant("", colon > 0 && File.Exists(operand[..colon]) ? new ModelRequest(operand[..colon], operand[(colon + 1)..], []) : new ModelRequest(operand, null, []));
    }

    /// <summary>Gives names: those of the files, with the variants where two would be alike, and numbers where that is not enough.</summary>
    private static ImmutableArray<Contestant> Named(IEnumerable<(string? Name, Contestant Model)> models, string? variant)
    {
        var all = models.Select(m => (m.Name, Model: m.Model with { Model = m.Model.Model with { Variant = m.Model.Model.Variant ?? variant } })).ToList();
        var stems = all.ConvertAll(m => m.Name ?? Path.GetFileNameWithoutExtension(m.Model.Model.Path));
        var names = all.Select((m, i) => m.Name is null && stems.Count(s => s == stems[i]) > 1 && m.Model.Model.Variant is { } v ? $"{stems[i]}-{v}" : stems[i]).ToList();
        return [.. all.Select((m, i) => m.Model with { Name = Safe(names.Take(i).Count(n => n == names[i]) is > 0 and var before ? $"{names[i]}-{before + 1}" : names[i]) })];

        static string Safe(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '-' or '+' ? c : '_'));
    }

    private static ImmutableArray<ulong> SeedsOf(string text, Arguments arguments) =>
    [
        .. text.Split(',').Select(t => ulong.TryParse(t.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : throw arguments.Wrong($"`--seeds` takes whole numbers with commas between, not `{text}`")).Distinct(),
    ];

    private static KeyValuePair<string, double> ShareOf(string text, Arguments arguments)
    {
        var parts = text.Split('=', 2);
        return parts.Length == 1 ? KeyValuePair.Create(text, 1.0)
            : double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share > 0 && double.IsFinite(share) ? KeyValuePair.Create(parts[0], share)
            : throw arguments.Wrong($"`--stage` takes a name, or a name and its share of the budget as `{parts[0]}=2`, not `{text}`");
    }
}
