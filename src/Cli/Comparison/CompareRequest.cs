using System.Collections.Immutable;
using Mllm.Runtime.Data;

namespace Mllm.Cli.Comparison;

/// <summary>Models that are to be trained and evaluated under the same conditions.</summary>
/// <param name="Out">The folder of everything that is written: each model and seed in <c>NAME-SEED</c>.</param>
/// <param name="Resume">Whether to go on with what is in the folder: a model and seed that is done is not run again.</param>
internal sealed record CompareRequest(ImmutableArray<Contestant> Models, Conditions Conditions, string Out, bool Resume);

/// <summary>One model of a comparison.</summary>
/// <param name="Name">What it is called in the table; no two of a comparison have the same.</param>
internal sealed record Contestant(string Name, ModelRequest Model)
{
    /// <summary>Checkpoints that its parts begin with, over those common to all.</summary>
    public ImmutableArray<string> Weights { get; init; } = [];

    /// <summary>The task by which it is asked; null for that of the conditions.</summary>
    public string? Task { get; init; }

    /// <summary>Its stages with their shares of the budget; empty for those of the conditions.</summary>
    public ImmutableArray<KeyValuePair<string, double>> Stages { get; init; } = [];
}

/// <summary>What is the same for all models of a comparison.</summary>
/// <param name="Data">Files and folders of samples to train on.</param>
/// <param name="Test">Files and folders of samples that are held out.</param>
internal sealed record Conditions(ImmutableArray<string> Data, ImmutableArray<string> Test)
{
    /// <summary>Optimizer steps of each model, all its stages together; null where <see cref="Minutes"/> decide.</summary>
    public long? Steps { get; init; }

    /// <summary>Minutes that each model trains on this machine, all its stages together.</summary>
    public double? Minutes { get; init; }

    public ImmutableArray<ulong> Seeds { get; init; } = [0, 1, 2];

    public int Batch { get; init; } = 8;

    /// <summary>The learning rate of every stage of every model; null for those of the files, which suit the sizes that the papers trained.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Steps of warm-up, or a fraction of a stage's when less than 1; null for those of the files.</summary>
    public double? Warmup { get; init; }

    /// <summary>How pictures are varied; null leaves them as they are.</summary>
    public Augmentation? Augment { get; init; }

    /// <summary>Checkpoints that parts begin with, where a model has such a part.</summary>
    public ImmutableArray<string> Weights { get; init; } = [];

    /// <summary>The tokenizer's file or folder; null for bytes.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The stages to train with their shares of the budget; empty for all of a model's in equal shares.</summary>
    public ImmutableArray<KeyValuePair<string, double>> Stages { get; init; } = [];

    /// <summary>The task that is evaluated; null for each file's first.</summary>
    public string? Task { get; init; }

    /// <summary>The most tokens of an answer.</summary>
    public int MaxTokens { get; init; } = 48;

    /// <summary>Only the first records of the test data; null for all.</summary>
    public int? Limit { get; init; }

    public string Device { get; init; } = "auto";

    public string Dtype { get; init; } = "f32";

    public int? Threads { get; init; }
}
