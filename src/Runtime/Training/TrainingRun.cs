using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Data;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Training.Watching;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Runtime.Training;

/// <summary>How a run ended.</summary>
/// <param name="IsComplete">False where it was stopped; it goes on from the point.</param>
/// <param name="Weights">The folder with the weights and the tokenizer, for <c>--weights</c>; null where it was stopped.</param>
public sealed record TrainingResult(bool IsComplete, TrainingPoint Point, string? Weights);

/// <summary>Trains stages one after another, each from where the last one ended, and keeps what is needed to go on after any interruption.</summary>
/// <remarks>
/// In the run's folder: <c>checkpoints/</c>, <c>stages/NAME/model.safetensors</c> with all parameters after a stage, and in the end <c>model.safetensors</c>.
/// </remarks>
public sealed class TrainingRun(MultimodalModel model, PromptBuilder prompts, TrainingOptions options, ImmutableArray<StageOptions> stages, string fingerprint)
{
    private readonly Checkpoints _checkpoints = new(Path.Combine(options.Out, "checkpoints"), options.Keep);

    /// <summary>The run's final weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Where the run that is in the folder stands; null where nothing is kept yet.</summary>
    public TrainingPoint? Kept => _checkpoints.Latest()?.Point;

    /// <summary>Looks whether the run's folder allows it, before anything is written there.</summary>
    /// <param name="resume">Whether to go on from what is in the run's folder; else it must hold no checkpoint.</param>
    /// <exception cref="TrainingException">It holds another run, or this one has begun already.</exception>
    public void Require(bool resume)
    {
        var latest = _checkpoints.Latest();
        if (latest is not null && !resume)
            throw new TrainingException($"'{options.Out}' holds a run that stands at step {latest.Value.Point.Step} of '{latest.Value.Point.Name}': --resume goes on with it, another --out begins a new one");
        if (latest is { Point: var found } && found.Fingerprint != fingerprint)
            throw new TrainingException($"'{options.Out}' holds a run that differs in {RunFingerprint.Differences(found.Fingerprint, fingerprint)}: its checkpoints cannot be gone on from");
    }

    /// <summary>Trains what is left to be trained.</summary>
    /// <param name="resume">Whether to go on from what is in the run's folder; else it must hold no checkpoint.</param>
    /// <param name="warn">Told of records that are passed over.</param>
    /// <exception cref="TrainingException">It cannot begin or go on.</exception>
    /// <exception cref="DataException">The data cannot be used.</exception>
    public TrainingResult Run(bool resume, ITrainingWatcher watcher, Action<string> warn, CancellationToken cancellation)
    {
        Require(resume);
        FreedMemory.Keep();
        Directory.CreateDirectory(options.Out);
        var latest = _checkpoints.Latest();
        using var masters = new MasterWeights(model.Weights.Parameters);
        var start = latest?.Point ?? new TrainingPoint(0, stages[0].Stage, 0, 0, [], double.NaN, fingerprint);
        if (start.Stage > 0)
            Take(masters, StageFile(stages[start.Stage - 1].Stage));
        var point = start;
        for (var i = start.Stage; i < stages.Length; i++)
        {
            var settings = stages[i];
            var stage = model.Program.Stages.First(s => s.Name == settings.Stage);
            using var trainer = new StageTrainer(model, masters, stage, settings, options, prompts, DataSets.Open(settings.Data), warn);
            var isResumed = i == start.Stage && latest is not null;
            point = isResumed ? start : new TrainingPoint(i, stage.Name, 0, settings.First, new long[stage.Pushes.Length], double.NaN, fingerprint);
            if (isResumed)
                Restore(trainer, latest!.Value);
            watcher.StageStarted(stage.Name, point.Step, trainer.Steps);
            if (point.Step < trainer.Steps)
            {
                point = Explained(() => trainer.Run(point, options.SaveEvery, watcher, p => Save(p, trainer, watcher), cancellation));
                if (point.Step < trainer.Steps)
                    return new TrainingResult(false, point, null);
                Explained(() =>
                {
                    Written("the weights of the stage", () => Write(masters, StageFile(stage.Name), stage.Name));
                    Save(point, trainer, watcher);
                    return point;
                });
            }
            watcher.StageEnded(stage.Name);
            for (var done = 0; done < i; done++)
                _checkpoints.Clear(done);
        }
        Explained(() =>
        {
            Written("the weights", () => Write(masters, Path.Combine(options.Out, WeightsFile), stages[^1].Stage));
            return point;
        });
        return new TrainingResult(true, point, options.Out);
    }

    private void Save(TrainingPoint point, StageTrainer trainer, ITrainingWatcher watcher) =>
        Written($"the checkpoint of step {point.Step} of '{point.Name}'", () => watcher.Saved(point.Name, point.Step, _checkpoints.Write(point, trainer.State)));

    /// <summary>A disk that is full ends the run in words that say what was being written.</summary>
    private static void Written(string what, Action write)
    {
        try
        {
            write();
        }
        // The last is how .NET says that a file is larger than its system or the user's quota allows.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            throw new TrainingException($"{what} cannot be written: {e.Message.Split(" (Parameter ")[0].TrimEnd('.')}");
        }
    }

    /// <summary>Adds to whatever ends the run where it can be gone on from.</summary>
    private TrainingPoint Explained(Func<TrainingPoint> work)
    {
        try
        {
            return work();
        }
        catch (TrainingException e)
        {
            throw new TrainingException($"{e.Message}. {(Kept is { } point ? $"The last checkpoint is that of step {point.Step} of '{point.Name}', --resume goes on from it" : "There is no checkpoint yet")}");
        }
    }

    private string StageFile(string stage) => Path.Combine(options.Out, "stages", stage, WeightsFile);

    private static void Restore(StageTrainer trainer, (string Path, TrainingPoint Point) checkpoint)
    {
        var tensors = Checkpoints.Load(checkpoint.Path);
        trainer.Restore(checkpoint.Point, tensors);
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
    }

    /// <summary>Writes the exact values of all parameters.</summary>
    private void Write(MasterWeights masters, string path, string stage)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        SafetensorsWriter.Write(path, model.Program.Graph.Parameters.Select(p => new TorchTensorData(p.Path, masters[p.Path])),
            new Dictionary<string, string>(StateDictExport.Identification(model.Program)) { ["stage"] = stage });
    }

    /// <summary>Takes the values that a stage ended with.</summary>
    private void Take(MasterWeights masters, string path)
    {
        foreach (var (name, tensor) in Checkpoints.Tensors(path))
        {
            using (tensor)
            {
                masters.Assign(name, tensor);
            }
        }
        model.Weights.Parameters.Touch();
    }
}
