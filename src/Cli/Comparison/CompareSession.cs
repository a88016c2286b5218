using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mllm.Cli.Training;
using Mllm.Runtime.Training;
using Mllm.Runtime.Training.Watching;

namespace Mllm.Cli.Comparison;

/// <summary>Trains and evaluates every model with every seed, one after another, as <c>train</c> and <c>eval</c> do.</summary>
/// <param name="models">The models of the request with what is known of them, in its order.</param>
internal sealed class CompareSession(CompareRequest request, ImmutableArray<(Contestant Contestant, ModelFacts Facts)> models, Host host)
{
    /// <summary>Steps of each stage by which its pace is measured; the first half warms up.</summary>
    public const int Probe = 12;

    private readonly Conditions _conditions = request.Conditions;

    /// <returns>Null where it was interrupted; <c>--resume</c> goes on.</returns>
    /// <exception cref="Failure">A model cannot be trained or evaluated under the conditions, or the folder holds something else.</exception>
    public ComparisonReport? Run()
    {
        if (!request.Resume && models.SelectMany(m => _conditions.Seeds.Select(s => Folder(m.Contestant, s))).FirstOrDefault(Directory.Exists) is { } taken)
            throw new Failure($"'{taken}' is there already") { Help = "--resume goes on with what --out holds, another --out begins anew" };
        Directory.CreateDirectory(request.Out);
        var runs = models.ToDictionary(m => m.Contestant.Name, _ => ImmutableArray.CreateBuilder<ComparedRun>(), StringComparer.Ordinal);
        // Seed by seed: what is there after an interruption compares all models.
        foreach (var seed in _conditions.Seeds)
        {
            foreach (var (contestant, facts) in models)
            {
                if (One(contestant, facts, seed) is not { } run)
                    return null;
                runs[contestant.Name].Add(run);
            }
        }
        return new ComparisonReport(request, [.. models.Select(m => new ComparedModel(m.Contestant, m.Facts, runs[m.Contestant.Name].ToImmutable()))]);
    }

    /// <summary>The folder of one model and seed.</summary>
    public static string FolderOf(string output, string name, ulong seed) => Path.Combine(output, $"{name}-{seed}");

    private string Folder(Contestant contestant, ulong seed) => FolderOf(request.Out, contestant.Name, seed);

    private ComparedRun? One(Contestant contestant, ModelFacts facts, ulong seed)
    {
        var (folder, digest) = (Folder(contestant, seed), Digest(contestant, facts));
        if (ComparedRun.Read(folder) is { } done)
            return done.Conditions == digest ? done : throw new Failure($"'{folder}' holds a result under other conditions, or of another model") { Help = "remove it, or give another --out" };
        if (Steps(contestant, facts, digest) is not { } stages)
            return null;
        Say($"{contestant.Name}, seed {seed}, {stages.Sum(s => s.Steps)} steps: {string.Join(", ", stages.Select(s => $"{s.Name} {s.Steps}"))}");
        if (Train(contestant, folder, seed, stages) is not { } setup)
            return null;
        var lines = MetricsFile.Read(Path.Combine(folder, "metrics.jsonl"));
        var last = lines.Where(l => l.Stage == stages[^1].Name).ToList();
        var evaluation = Evaluate(contestant, folder);
        var run = new ComparedRun(digest, seed, stages, last.TakeLast(Math.Max(1, last.Count / 10)).Average(l => l.Loss), Median(lines.Select(l => l.Seconds)), lines.Sum(l => l.Seconds),
            setup.Parts, evaluation.Setup.Task?.Name, $"{setup.Device} {setup.Dtype}", evaluation.Figures);
        run.Write(folder);
        return run;
    }

    /// <summary>The steps of each stage: given, or as many as the minutes have room for, which is measured once for a model and kept. Null where it was interrupted.</summary>
    private ImmutableArray<StageSteps>? Steps(Contestant contestant, ModelFacts facts, string digest)
    {
        if (_conditions.Steps is { } steps)
            return Budget.Of(contestant.Name, steps, facts.Stages);
        var kept = Path.Combine(request.Out, $"{contestant.Name}-pace.json");
        if (File.Exists(kept) && JsonSerializer.Deserialize<Pace>(File.ReadAllText(kept)) is { } pace && pace.Conditions == digest)
            return Budget.Of(_conditions.Minutes!.Value, facts.Stages, pace.Seconds);
        var folder = Path.Combine(request.Out, $"{contestant.Name}-pace");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Say($"{contestant.Name}: measuring how long a step takes");
        if (Train(contestant, folder, _conditions.Seeds[0], [.. facts.Stages.Select(s => new StageSteps(s.Name, Probe))]) is null)
            return null;
        var seconds = MetricsFile.Read(Path.Combine(folder, "metrics.jsonl")).GroupBy(l => l.Stage).ToDictionary(g => g.Key, g => Median(g.Skip(Probe / 2).Select(l => l.Seconds)));
        Directory.Delete(folder, recursive: true);
        File.WriteAllText(kept, JsonSerializer.Serialize(new Pace(digest, seconds)));
        return Budget.Of(_conditions.Minutes!.Value, facts.Stages, seconds);
    }

    /// <summary>Trains the stages; null where it was interrupted.</summary>
    private TrainSetup? Train(Contestant contestant, string folder, ulong seed, ImmutableArray<StageSteps> stages)
    {
        // All models take the same samples in the same order, each stage those that come after the last one's.
        var first = stages.Select((s, i) => KeyValuePair.Create(s.Name, stages.Take(i).Sum(p => p.Steps) * _conditions.Batch)).ToDictionary();
        TrainSetup? setup = null;
        var trained = host.Runtime.Train(
            new TrainRequest(contestant.Model, [.. stages.Select(s => s.Name)], Options, new TrainingOptions(folder) { Seed = seed })
            {
                Weights = [.. _conditions.Weights, .. contestant.Weights],
                Tokenizer = _conditions.Tokenizer,
                Device = _conditions.Device,
                Dtype = _conditions.Dtype,
                Threads = _conditions.Threads,
                Resume = true,
            },
            started => setup = started, () => new TrainingBar(host.Terminal), Warn, host.Cancellation);
        return Checked(trained.Value, contestant).Result.IsComplete ? setup : null;

        StageOptions Options(string stage) => new(stage)
        {
            Data = _conditions.Data, Batch = _conditions.Batch, Steps = stages.First(s => s.Name == stage).Steps, Order = seed, First = first[stage],
            LearningRate = _conditions.LearningRate, Warmup = _conditions.Warmup, Augment = _conditions.Augment,
        };
    }

    private EvalReport Evaluate(Contestant contestant, string folder)
    {
        using var progress = new Progress(host.Terminal, "compiling");
        var evaluated = host.Runtime.Evaluate(
            new EvalRequest(contestant.Model with { Task = contestant.Task ?? _conditions.Task })
            {
                Data = _conditions.Test, Weights = [folder], Device = _conditions.Device, Dtype = _conditions.Dtype, MaxTokens = _conditions.MaxTokens, Limit = _conditions.Limit,
            },
            _ => { }, message => progress.Aside(() => Warn(message)), progress, host.Cancellation);
        return Checked(evaluated.Value, contestant);
    }

    /// <summary>What decides a result besides the seed. The digest of a model stands for its file, wherever that is.</summary>
    private string Digest(Contestant contestant, ModelFacts facts)
    {
        var text = JsonSerializer.Serialize(new
        {
            facts.Graph, facts.Stages, Task = contestant.Task ?? _conditions.Task, contestant.Weights, Common = _conditions.Weights, _conditions.Data, _conditions.Test, _conditions.Steps, _conditions.Minutes,
            _conditions.Batch, _conditions.LearningRate, _conditions.Warmup, _conditions.Augment, _conditions.Tokenizer, _conditions.MaxTokens, _conditions.Limit, _conditions.Dtype,
        });
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }

    private static T Checked<T>(T? value, Contestant contestant)
        where T : class => value ?? throw new Failure($"'{contestant.Model.Path}' has errors that it did not have when the comparison began");

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private void Say(string text)
    {
        host.Terminal.Error.WriteLine(text);
        host.Terminal.Error.Flush();
    }

    private void Warn(string text) => Say($"warning: {text}");

    /// <summary>Seconds of a step of each stage.</summary>
    private sealed record Pace(string Conditions, Dictionary<string, double> Seconds);
}
