using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Runtime.Data;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Training;
using Mllm.Runtime.Training.Watching;
using static TorchSharp.torch;

namespace Mllm.Cli.Training;

/// <summary>Trains the stages of a model.</summary>
internal static class TrainSession
{
    /// <summary>Null when the file has errors.</summary>
    /// <param name="started">Told what is going to be done.</param>
    /// <param name="watch">Makes what shows the run to a person.</param>
    public static Stage<TrainReport?> Run(TrainRequest request, Func<ModelProgram, ImmutableArray<string>, ModelSummary> summarise, Action<TrainSetup> started,
        Func<ITrainingWatcher> watch, Action<string> warn, CancellationToken cancellation)
    {
        var compilation = SourceFolder.Load(request.Model.Path);
        var stage = compilation.Compile(request.Model.ToCompile());
        if (stage.Value is not { } compiled)
            return new(null, stage.Diagnostics);
        var program = TrainingGraph.Of(compiled);
        var stages = Stages(request, program);
        TorchLibrary.Load();
        var device = DeviceSelection.Parse(request.Device);
        if (device.Problem is { } noDevice)
            throw new Failure(noDevice);
        var dtype = DtypeChoice.Parse(request.Dtype, device.Value!, HostFacts.Measure());
        if (dtype.Problem is { } noDtype)
            throw new Failure(noDtype);
        if (request.Threads is { } threads)
            set_num_threads(threads);
        var tokenizer = PromptBuilder.TokenizerFor(program, request.Tokenizer ?? request.Weights.LastOrDefault(PromptBuilder.HasTokenizer));
        var prompts = new PromptBuilder(program, tokenizer);
        try
        {
            MemoryCheck.RequireTraining(program, stages, dtype.Value, device.Value!, request.Model);
            var sets = stages.Select(s => DataSets.Open(s.Data)).ToList();
            var (model, parts) = StartingWeights.Load(program, request.Weights, dtype.Value, device.Value!, request.Run.Seed);
            using (model)
            {
                started(new TrainSetup(summarise(program, compilation.Variants), device.Value!.ToString(), DtypeChoice.NameOf(dtype.Value), parts, [.. stages.Zip(sets, (s, d) => Shown(program, s, d))]));
                var facts = new RunFacts(request, program, compilation, stages, sets, DtypeChoice.NameOf(dtype.Value), device.Value!.ToString());
                var run = new TrainingRun(model, prompts, request.Run, stages, facts.Fingerprint());
                run.Require(request.Resume);
                Directory.CreateDirectory(request.Run.Out);
                KeepTokenizer(request);
                string At(string name) => Path.Combine(request.Run.Out, name);
                using var watcher = new WatcherGroup([watch(), new MetricsFile(At("metrics.jsonl")), new TensorBoardFile(At("events")),
                    new LossPlot(At("loss.svg"), At("metrics.jsonl"), program.Name), new RunManifestFile(At("run.json"), facts.Manifest(At("run.json"), request.Resume))], warn);
                return new(new TrainReport(run.Run(request.Resume, watcher, warn, cancellation)), stage.Diagnostics);
            }
        }
        catch (Exception e) when (e is TrainingException or DataException)
        {
            throw new Failure(e.Message) { ExitCode = ExitCode.Findings };
        }
    }

    /// <summary>The stages to train with their options, in the order of the model.</summary>
    private static ImmutableArray<StageOptions> Stages(TrainRequest request, ModelProgram program)
    {
        foreach (var name in request.Stages.Where(n => program.Stages.All(s => s.Name != n)))
            throw new Failure($"'{program.Name}' ({program.Variant}) has no stage '{name}'") { Help = program.Stages.IsEmpty ? "it has none" : $"its stages: {string.Join(", ", program.Stages.Select(s => s.Name))}" };
        ImmutableArray<StageOptions> stages = [.. program.Stages.Where(s => request.Stages.IsEmpty || request.Stages.Contains(s.Name)).Select(s => request.OptionsOf(s.Name))];
        if (stages.IsEmpty)
            throw new Failure($"'{program.Name}' ({program.Variant}) has no stage");
        return stages.FirstOrDefault(s => s.Data.IsEmpty) is { } bare ? throw new Failure($"no data are given for the stage '{bare.Stage}'") { Help = "--data, or `data` in the run's file" } : stages;
    }

    private static StageSetup Shown(ModelProgram program, StageOptions options, IDataSet data)
    {
        var trained = program.Stages.First(s => s.Name == options.Stage).Trained.ToHashSet(StringComparer.Ordinal);
        return new StageSetup(options.Stage, program.Graph.Parameters.Where(p => trained.Contains(p.Path)).Sum(p => p.Count.Value!.Value), program.Graph.Parameters.Sum(p => p.Count.Value!.Value),
            data.Describe, options.Batch, options.Accumulate);
    }

    private static void KeepTokenizer(TrainRequest request)
    {
        if ((request.Tokenizer ?? request.Weights.LastOrDefault(PromptBuilder.HasTokenizer)) is not { } source)
            return;
        foreach (var file in Directory.Exists(source) ? new[] { "tokenizer.json", "tokenizer.model" }.Select(f => Path.Combine(source, f)).Where(File.Exists) : [source])
            File.Copy(file, Path.Combine(request.Run.Out, Path.GetFileName(file)), overwrite: true);
    }
}
