using System.Collections.Immutable;
using Mllm.Runtime.Training;

namespace Mllm.Cli.Training;

/// <summary>What a run of training is asked to do.</summary>
/// <param name="Stages">Their names; all of the model's when it is empty.</param>
/// <param name="OptionsOf">The options of a stage by its name.</param>
internal sealed record TrainRequest(ModelRequest Model, ImmutableArray<string> Stages, Func<string, StageOptions> OptionsOf, TrainingOptions Run)
{
    /// <summary>Checkpoints that parts begin with.</summary>
    public ImmutableArray<string> Weights { get; init; } = [];

    public string? Tokenizer { get; init; }

    public string Device { get; init; } = "auto";

    public string Dtype { get; init; } = "f32";

    public int? Threads { get; init; }

    public bool Resume { get; init; }
}

/// <summary>What is said before the first step.</summary>
/// <param name="Parts">For each part where it begins: a checkpoint, or fresh numbers.</param>
internal sealed record TrainSetup(ModelSummary Model, string Device, string Dtype, ImmutableArray<KeyValuePair<string, string>> Parts, ImmutableArray<StageSetup> Stages);

/// <summary>One stage of a run, as it is shown.</summary>
internal sealed record StageSetup(string Name, long Trained, long Parameters, string Data, int Batch, int Accumulate);

/// <summary>How a run ended.</summary>
internal sealed record TrainReport(TrainingResult Result);
