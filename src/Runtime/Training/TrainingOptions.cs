using System.Collections.Immutable;
using Mllm.Runtime.Data;

namespace Mllm.Runtime.Training;

/// <summary>What belongs to one run of one stage and not to the architecture. Null leaves what the stage says.</summary>
/// <param name="Stage">The stage's name.</param>
public sealed record StageOptions(string Stage)
{
    /// <summary>Files and folders of samples; several are joined.</summary>
    public ImmutableArray<string> Data { get; init; } = [];

    /// <summary>Samples whose loss is computed together.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>How many such batches a step is made of.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Optimizer steps; null for the steps that <see cref="Epochs"/> take.</summary>
    public long? Steps { get; init; }

    /// <summary>How often the data are seen where <see cref="Steps"/> is null.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>The optimizer steps over so many records.</summary>
    public long StepsOver(int records) => Steps ?? Math.Max(1, (long)Math.Ceiling(Epochs * records / ((double)Batch * Accumulate)));

    public double? LearningRate { get; init; }

    public double? WeightDecay { get; init; }

    /// <summary>Steps, or a fraction of all steps when less than 1.</summary>
    public double? Warmup { get; init; }

    /// <summary>The largest norm of the gradient.</summary>
    public double? Clip { get; init; }

    public Augmentation? Augment { get; init; }

    /// <summary>Whether a broken record or picture is passed over with a warning, rather than ending the run.</summary>
    public bool SkipBroken { get; init; }

    /// <summary>Whether layers are computed a second time in the backward pass, which needs less memory and gives the same gradients.</summary>
    public bool Recompute { get; init; }
}

/// <summary>What belongs to a run of all its stages.</summary>
/// <param name="Out">The folder of everything that the run writes.</param>
public sealed record TrainingOptions(string Out)
{
    /// <summary>Decides everything random: fresh parameters, the order of samples, augmentation, draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps between checkpoints; one is written at the end of each stage and when the run is stopped.</summary>
    public long SaveEvery { get; init; } = 500;

    /// <summary>How many checkpoints of a stage are kept.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Threads that decode and augment pictures.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>The most bytes of encoder output that are kept between epochs; 0 keeps none.</summary>
    public long CacheBytes { get; init; } = 2L << 30;
}
