using Mllm.Compiler.Model;
using Mllm.Runtime.Model;

namespace Mllm.Runtime.Training;

/// <summary>Parameters that are updated with one learning rate and one weight decay.</summary>
/// <param name="Paths">Full paths.</param>
/// <param name="LearningRate">Before the schedule's factor.</param>
public sealed record UpdateGroup(IReadOnlyList<string> Paths, double LearningRate, double WeightDecay)
{
    /// <summary>The groups of a stage: its own ones and the rest, each apart for what decays and what does not. A run's learning rate scales those of groups by the same factor.</summary>
    public static List<UpdateGroup> Of(ParameterStore parameters, Stage stage, StageOptimizer optimizer, StageOptions options)
    {
        var factor = options.LearningRate is { } rate ? rate / optimizer.LearningRate : 1;
        var own = stage.Groups.SelectMany(g => g.Paths).ToHashSet(StringComparer.Ordinal);
        var rest = new ParameterGroup([.. stage.Trained.Where(p => !own.Contains(p))], null, null);
        // Only matrices decay: gains, biases and single tokens do not (as in the released code of all these systems).
        return [.. stage.Groups.Append(rest).SelectMany(g => g.Paths.GroupBy(p => parameters[p].Dimensions >= 2)
            .Select(k => new UpdateGroup([.. k], (g.LearningRate ?? optimizer.LearningRate) * factor, k.Key ? options.WeightDecay ?? g.WeightDecay ?? optimizer.WeightDecay : 0)))];
    }
}
