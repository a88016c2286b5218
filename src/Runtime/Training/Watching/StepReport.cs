using System.Collections.Immutable;

namespace Mllm.Runtime.Training.Watching;

/// <summary>What one optimiser step did.</summary>
/// <param name="Step">The step just taken, from 1 to <paramref name="Steps"/>.</param>
/// <param name="Steps">How many steps the stage has in all.</param>
/// <param name="Loss">The loss that was minimised, averaged over the step's micro-batches.</param>
/// <param name="Terms">The named objectives inside the loss, in the order of the stage.</param>
/// <param name="LearningRate">The stage's own rate at this step; parameter groups scale by the same schedule.</param>
/// <param name="GradientNorm">The global 2-norm of the gradients before clipping.</param>
/// <param name="Tokens">Tokens of this step, those of pictures included.</param>
/// <param name="Images">Pictures of this step.</param>
/// <param name="Seconds">Wall-clock seconds of this step.</param>
public sealed record StepReport(
    string Stage, long Step, long Steps, double Loss, ImmutableArray<KeyValuePair<string, double>> Terms,
    double LearningRate, double GradientNorm, long Tokens, long Images, double Seconds)
{
    /// <summary>Tokens a second; 0 where no time was measured.</summary>
    public double TokensPerSecond => Seconds > 0 ? Tokens / Seconds : 0;

    /// <summary>Pictures a second; 0 where no time was measured.</summary>
    public double ImagesPerSecond => Seconds > 0 ? Images / Seconds : 0;
}
