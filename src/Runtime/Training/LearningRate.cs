using Mllm.Compiler.Model;

namespace Mllm.Runtime.Training;

/// <summary>The learning rate over the steps of a stage.</summary>
/// <param name="schedule">The stage's own; a constant rate when it is null.</param>
/// <param name="steps">All steps of the stage.</param>
/// <param name="warmup">In place of the schedule's warm-up.</param>
public sealed class LearningRate(StageSchedule? schedule, long steps, double? warmup = null)
{
    private readonly double _warmup = Warmup(warmup ?? schedule?.Warmup ?? 0, steps);

    /// <summary>The factor on the rate in a step.</summary>
    /// <param name="step">From 0. During the warm-up it is (step + 1) / warm-up, so that no step is without effect.</param>
    public double Factor(long step)
    {
        if (step < _warmup)
            return (step + 1) / _warmup;
        var (kind, floor) = (schedule?.Kind ?? ScheduleKind.Constant, schedule?.Floor ?? 0);
        var done = Math.Clamp((step - _warmup) / Math.Max(1, steps - _warmup), 0, 1);
        return kind switch
        {
            ScheduleKind.Linear => floor + (1 - floor) * (1 - done),
            ScheduleKind.Cosine => floor + (1 - floor) * 0.5 * (1 + Math.Cos(Math.PI * done)),
            _ => 1,
        };
    }

    private static double Warmup(double given, long steps) => given < 1 ? Math.Round(given * steps) : given;
}
