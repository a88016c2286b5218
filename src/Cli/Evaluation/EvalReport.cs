using System.Collections.Immutable;
using Mllm.Runtime.Evaluation;

namespace Mllm.Cli;

/// <summary>An evaluation of a task on data. What is null or empty is decided by the file or by the machine.</summary>
internal sealed record EvalRequest(ModelRequest Model)
{
    /// <summary>Files and folders of records, one after another.</summary>
    public ImmutableArray<string> Data { get; init; } = [];

    /// <summary>Files or folders of checkpoints, a later one over earlier ones; none for those that belong to the file, or else for seeded random numbers.</summary>
    public ImmutableArray<string> Weights { get; init; } = [];

    /// <summary>Random numbers also where weights belong to the file.</summary>
    public bool IsRandom { get; init; }

    public string Device { get; init; } = "auto";

    public string Dtype { get; init; } = "auto";

    /// <summary>Only the first records; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>How many samples, or pairs of a picture and a text, run together; null for what suits the task.</summary>
    public int? Batch { get; init; }

    public int MaxTokens { get; init; } = 48;

    /// <summary>How many unfinished texts are kept side by side; null for the task's own.</summary>
    public int? Beams { get; init; }

    /// <summary>A broken record ends the evaluation; else it is left out and reported.</summary>
    public bool IsStrict { get; init; }

    /// <summary>A field of the records, for each value of which there are figures too.</summary>
    public string? By { get; init; }

    /// <summary>The file that what the model said of each sample is written to, or null.</summary>
    public string? Out { get; init; }

    public long Seed { get; init; }

    /// <summary>How the model of this evaluation would be run.</summary>
    public RunRequest ToRun() => new(Model) { Weights = Weights, IsRandom = IsRandom, Device = Device, Dtype = Dtype, MaxTokens = MaxTokens, Beams = Beams, Seed = Seed };
}

/// <summary>What an evaluation found.</summary>
/// <param name="Data">The data in words.</param>
/// <param name="Records">How many records were read, the broken ones among them.</param>
/// <param name="Skipped">How many were left out because they are broken.</param>
/// <param name="By">The figures for each value of a field; empty unless asked for.</param>
/// <param name="Seconds">Without reading the weights.</param>
internal sealed record EvalReport(RunSetup Setup, string Data, int Records, int Skipped, ImmutableArray<Figure> Figures, ImmutableArray<FigureGroup> By, double LoadSeconds, double Seconds);
