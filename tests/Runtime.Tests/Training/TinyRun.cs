using System.Collections.Immutable;
using System.Security.Cryptography;
using Mllm.Compiler;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Compiler.Std;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Inputs;
using Mllm.Runtime.Tests.Weights;
using Mllm.Runtime.Training;
using Mllm.Runtime.Training.Watching;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Training;

/// <summary>A run of training of a tiny model over a few of the shipped pictures, in a folder of its own; each process of it is a fresh model of the same seed.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ModelProgram _program;
    private readonly PromptBuilder _prompts;

    static TinyRun()
    {
        TorchLibrary.Load();
        // In tensors this small threads only wait for each other, and for the tests beside them.
        set_num_threads(1);
    }

    public TinyRun(string setting, params string[] stages)
    {
        var parts = setting.Split('|');
        var compiled = ShippedModels.Load(parts[0])!.Compile(new CompileRequest(parts[1], [.. parts[2..].Select(p => p.Split('=', 2)).Select(p => KeyValuePair.Create(p[0], p[1]))]));
        _program = TrainingGraph.Of(compiled.Value!);
        Findings = [.. compiled.Diagnostics.Select(d => d.Message)];
        _prompts = new PromptBuilder(_program, PromptBuilder.TokenizerFor(_program, null));
        Stages = [.. (stages is [] ? [.. _program.Stages.Select(s => s.Name)] : stages).Select(s => new StageOptions(s) { Data = [Pictures(6)], Batch = 2, Steps = 3, LearningRate = 1e-2, Warmup = 0 })];
        Options = new TrainingOptions(_folder["run"]) { Seed = 7, SaveEvery = 2, Workers = 2 };
    }

    public ModelProgram Program => _program;

    /// <summary>What the compiler says of the file.</summary>
    public ImmutableArray<string> Findings { get; }

    public PromptBuilder Prompts => _prompts;

    public TrainingOptions Options { get; set; }

    public ImmutableArray<StageOptions> Stages { get; set; }

    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>What is done to the fresh model before its training.</summary>
    public Action<MultimodalModel>? Prepare { get; init; }

    /// <summary>What the program of each process is; the setting's by default.</summary>
    public Func<ModelProgram, ModelProgram> With { get; init; } = p => p;

    public string Out => Options.Out;

    public Checkpoints Checkpoints => new(Path.Combine(Out, "checkpoints"), Options.Keep);

    public List<string> Warnings { get; } = [];

    public Dictionary<(string Stage, long Step), StepReport> Reports { get; } = [];

    /// <summary>The losses of all steps in their order; of a step that was taken twice the later one.</summary>
    public double[] Losses => [.. Reports.Values.OrderBy(r => Stages.ToList().FindIndex(s => s.Stage == r.Stage)).ThenBy(r => r.Step).Select(r => r.Loss)];

    /// <summary>The bytes of the final weights, as a hash.</summary>
    public string Weights => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(Out, TrainingRun.WeightsFile))));

    /// <summary>A list of the first shipped pictures with their names.</summary>
    public string Pictures(int count, params string[] lines) => _folder.Put($"data-{count}-{lines.Length}.jsonl", string.Join('\n',
        File.ReadLines(Path.Combine(TestFiles.Root, "data/pictures/pictures.jsonl")).Take(count).Concat(lines)
            .Select(l => l.Replace("\"image\":\"", "\"image\":\"PICTURES/").Replace("PICTURES", Path.Combine(TestFiles.Root, "data/pictures").Replace('\\', '/')))));

    public TinyRun Change(Func<StageOptions, StageOptions> change)
    {
        Stages = [.. Stages.Select(change)];
        return this;
    }

    /// <summary>Runs in one process from what is in the folder to the end, or to where it is stopped.</summary>
    /// <param name="stopAfter">The step, counted in this process, after which it is asked to stop.</param>
    /// <param name="killAfter">The step after which it ends as if killed: nothing more is written.</param>
    /// <param name="ended">Told of each stage's end.</param>
    public TrainingResult? Process(int? stopAfter = null, int? killAfter = null, Action<MultimodalModel, string>? started = null, Action<MultimodalModel, string>? ended = null)
    {
        var program = With(_program);
        using var model = ModelLoader.Random(program, Dtype, CPU, Options.Seed);
        Prepare?.Invoke(model);
        using var stop = new CancellationTokenSource();
        var taken = 0;
        using var watcher = new Watcher
        {
            OnStart = stage => started?.Invoke(model, stage),
            OnEnd = stage => ended?.Invoke(model, stage),
            OnStep = report =>
            {
                Reports[(report.Stage, report.Step)] = report;
                taken++;
                if (taken == killAfter)
                    throw new KilledException();
                if (taken == stopAfter)
                    stop.Cancel();
            },
        };
        try
        {
            return new TrainingRun(model, new PromptBuilder(program, PromptBuilder.TokenizerFor(program, null)), Options, Stages, "model=1")
                .Run(resume: true, watcher, Warnings.Add, stop.Token);
        }
        catch (KilledException)
        {
            return null;
        }
    }

    /// <summary>A hash of every parameter by its path.</summary>
    public static Dictionary<string, string> Hashes(MultimodalModel model)
    {
        using var scope = NewDisposeScope();
        return model.Program.Graph.Parameters.ToDictionary(p => p.Path, p => Convert.ToHexString(SHA256.HashData(model.Weights.Parameters[p.Path].detach().to(ScalarType.Float32).contiguous().bytes)));
    }

    public void Dispose() => _folder.Dispose();

    private sealed class KilledException : Exception;

    private sealed class Watcher : ITrainingWatcher
    {
        public required Action<string> OnStart { get; init; }

        public required Action<string> OnEnd { get; init; }

        public required Action<StepReport> OnStep { get; init; }

        public void StageStarted(string stage, long step, long steps) => OnStart(stage);

        public void Step(StepReport report) => OnStep(report);

        public void Saved(string stage, long step, string path)
        {
        }

        public void StageEnded(string stage) => OnEnd(stage);

        public void Dispose()
        {
        }
    }
}
