using System.Collections.Immutable;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Model;

/// <summary>What a training stage changes, by which loss, and how.</summary>
/// <param name="Trained">Full paths of the trained parameters, in the graph's order.</param>
/// <param name="Settings">All settings as written.</param>
/// <param name="Loss">
/// The entry that computes its objective over a batch, or null where it has none. Its results are the loss, each of <see cref="Terms"/> (numbers), and what is put
/// into each of <see cref="Pushes"/> ([batch, width]).
/// </param>
public sealed record Stage(string Name, ImmutableArray<string> Trained, ImmutableArray<KeyValuePair<string, string>> Settings, Span Declared, string? Loss = null)
{
    /// <summary>The named objectives that its objective mentions, in order; all are results of <see cref="Loss"/>.</summary>
    public ImmutableArray<string> Terms { get; init; } = [];

    /// <summary>The queues that get rows after each step, in order; the rows are results of <see cref="Loss"/>.</summary>
    public ImmutableArray<string> Pushes { get; init; } = [];

    /// <summary>How parameters follow their gradients; null where the stage does not say, which training refuses.</summary>
    public StageOptimizer? Optimizer { get; init; }

    /// <summary>How the rate goes; null for a constant one.</summary>
    public StageSchedule? Schedule { get; init; }

    /// <summary>What twins keep of themselves in each step, from 0 to 1; null where the stage does not move them.</summary>
    public double? Momentum { get; init; }

    /// <summary>The largest norm of the whole gradient; null for no bound.</summary>
    public double? Clip { get; init; }

    /// <summary>Trained parameters with a rate or a decay of their own, each in one group at most; all others have the optimizer's.</summary>
    public ImmutableArray<ParameterGroup> Groups { get; init; } = [];

    /// <summary>The prompt of this stage where it differs from the model's; null where it is the model's.</summary>
    public PromptSettings? Prompt { get; init; }
}

/// <summary>An optimizer with its settings: <c>adamw</c> (Loshchilov and Hutter, 2019), where decay is decoupled from the gradient.</summary>
public sealed record StageOptimizer(string Name, double LearningRate, double WeightDecay, double Beta1, double Beta2, double Epsilon);

/// <summary>How a rate goes after its warm-up: stays, falls in a line, or falls along half a cosine.</summary>
public enum ScheduleKind { Constant, Linear, Cosine }

/// <summary>The rate over the steps of a stage.</summary>
/// <param name="Warmup">Steps in which the rate rises in a line from zero; a fraction of all steps when less than 1.</param>
/// <param name="Floor">What is left of the rate at the end, as a fraction of it.</param>
public sealed record StageSchedule(ScheduleKind Kind, double Warmup, double Floor);

/// <summary>Parameters that are trained at a rate of their own.</summary>
/// <param name="Paths">Full paths, in the graph's order.</param>
/// <param name="LearningRate">In place of the optimizer's; null where that holds.</param>
/// <param name="WeightDecay">In place of the optimizer's; null where that holds.</param>
public sealed record ParameterGroup(ImmutableArray<string> Paths, double? LearningRate, double? WeightDecay);
