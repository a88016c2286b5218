using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Compiler;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Cli;

/// <summary>Runs one task of a model: a generation, or scores.</summary>
/// <param name="Task">Null for a generation of a model that declares no tasks.</param>
internal sealed record RunSession(RunRequest Request, ModelProgram Program, ModelTask? Task, Compilation Compilation, ComputeTarget Target, PromptBuilder Prompts, TextTokenizer Tokenizer,
    Func<ModelProgram, ImmutableArray<string>, ModelSummary> Summarise, Action<RunSetup> Started, Progress Progress, CancellationToken Cancellation)
{
    public Device Device => Target.Device;

    public ScalarType Dtype => Target.Dtype;

    /// <summary>How a text of at most so many tokens is made: drawn where the request has a temperature, else by its beams or the task's.</summary>
    public GenerationOptions Generation(int tokens) => new(tokens, Prompts.Stops) { Beams = Request.Temperature > 0 ? 1 : Request.Beams ?? Task?.Beams ?? 1 };

    /// <summary>Null when the file has errors.</summary>
    public static Stage<RunReport?> Run(RunRequest request, Func<ModelProgram, ImmutableArray<string>, ModelSummary> summarise, Action<RunSetup> started, Action<string> token, Progress progress,
        CancellationToken cancellation)
    {
        var stage = Prepare(request, summarise, started, progress, cancellation);
        return new(stage.Value switch
        {
            null => null,
            { Task.Entry: { } score } run => ScoreSession.Run(run, score),
            var run when SampleSession.IsFor(run.Request, run.Program, run.Task) => SampleSession.Run(run),
            var run => GenerationSession.Run(run, token),
        }, stage.Diagnostics);
    }

    /// <summary>Compiles the model for its task, and reads its tokenizer; null when the file has errors.</summary>
    public static Stage<RunSession?> Prepare(RunRequest request, Func<ModelProgram, ImmutableArray<string>, ModelSummary> summarise, Action<RunSetup> started, Progress progress,
        CancellationToken cancellation)
    {
        var compilation = SourceFolder.Load(request.Model.Path);
        var stage = Compile(compilation, ref request);
        if (stage.Value is not { } program)
            return new(null, stage.Diagnostics);
        var task = program.Tasks.FirstOrDefault(t => t.Name == request.Model.Task);
        if (task?.Entry is null && program.Decoder is null)
            throw new Failure($"'{program.Name}' has no decoder: it generates no text") { Help = "`mllmc plan` and `mllmc verify` work with it" };
        if (task?.Entry is { } entry && program.Graph.Entry(entry) is null)
            throw new Failure($"the task '{task.Name}' asks for {string.Join(", ", task.Settings.Select(s => $"{s.Key} = {s.Value}"))}, and `--set` says otherwise");
        var target = Machine(request);
        var tokenizer = PromptBuilder.TokenizerFor(program, request.Weights.LastOrDefault(PromptBuilder.HasTokenizer));
        return new(new RunSession(request, program, task, compilation, target, new PromptBuilder(program, tokenizer), tokenizer, summarise, started, progress, cancellation), stage.Diagnostics);
    }

    /// <summary>Refuses what does not fit, loads the model and shows what is run.</summary>
    /// <param name="inputs">Pictures and texts, a line each.</param>
    public MultimodalModel Open(RunSize size, ImmutableArray<string> inputs, out RunSetup setup, out double seconds)
    {
        MemoryCheck.Require(Program, Dtype, Device, size with { Beams = Generation(1).Beams }, Request.Model, Compilation);
        var clock = Stopwatch.StartNew();
        var model = Load(out var weights);
        seconds = clock.Elapsed.TotalSeconds;
        try
        {
            Cancellation.ThrowIfCancellationRequested();
            setup = new RunSetup(Summarise(Program, Compilation.Variants), Device.ToString(), DtypeChoice.NameOf(Dtype), weights, inputs, Task is null ? null : TaskSummaries.Of(Program, Task));
            Started(setup);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Compiles the model for the task that is asked for, or for its first (for the shipped pictures, the one that captions); the request names it then, and the weights of the file.</summary>
    private static Stage<ModelProgram?> Compile(Compilation compilation, ref RunRequest request)
    {
        var stage = compilation.Compile(request.Model.ToCompile());
        if (stage.Value is not { } program)
            return stage;
        if (request is { Weights.IsEmpty: true, IsRandom: false } && OwnWeights.Find(request.Model.Path, program) is { } own)
            request = request with { Weights = [own], HasOwnWeights = true };
        if (request.Model.Task is not null || program.Tasks is not [var task, ..])
            return stage;
        if (program.Tasks.FirstOrDefault(t => t.Name == SampleSession.UsualTask) is { } caption && SampleSession.IsFor(request, program, caption))
            task = caption;
        request = request with { Model = request.Model with { Task = task.Name } };
        return task.Settings.IsEmpty ? stage : compilation.Compile(request.Model.ToCompile());
    }

    private static ComputeTarget Machine(RunRequest request)
    {
        TorchLibrary.Load();
        var device = DeviceSelection.Parse(request.Device);
        if (device.Problem is { } noDevice)
            throw new Failure(noDevice);
        var dtype = DtypeChoice.Parse(request.Dtype, device.Value!, HostFacts.Measure());
        return dtype.Problem is { } noDtype ? throw new Failure(noDtype) : new ComputeTarget(device.Value!, dtype.Value);
    }

    private MultimodalModel Load(out string weights)
    {
        var program = Task?.Entry is null ? Program : ScoringGraph.Of(Program);
        if (Request.Weights.IsEmpty)
        {
            var result = Task?.Entry is null ? "text" : "score";
            weights = $"random numbers (seed {Request.Seed}): the {result} means nothing until trained weights are given with --weights";
            return ModelLoader.Random(program, Dtype, Device, (ulong)Request.Seed);
        }
        var opened = CheckpointSources.Open(Request.Weights);
        if (!opened.Ok)
            throw new Failure(string.Join("\n", opened.Errors.Select(e => e.Render())));
        using var sources = opened.Value!;
        var report = ModelLoader.Plan(Program, sources);
        if (!report.IsComplete)
            throw new Failure($"the weights do not fit '{Program.Name}' ({Program.Variant})\n{report.ToText()}") { ExitCode = ExitCode.Findings };
        Progress.Next("reading weights");
        weights = $"{string.Join(", ", report.Parts.Select(p => $"{p.Source} ({p.Map})").DefaultIfEmpty($"{report.Source} ({report.Map})"))}{(report.IsExact ? "" : $", {report.Unexpected.Length} tensors of it are not used")}";
        return ModelLoader.Load(program, report, Dtype, Device, progress: (done, all) => Progress.Report((double)done / all));
    }
}
