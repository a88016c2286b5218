using System.Collections.Immutable;

namespace Mllm.Cli.Comparison;

/// <summary>How a budget is divided over a model's stages.</summary>
internal static class Budget
{
    /// <summary>Steps by their shares; they add up to <paramref name="steps"/>.</summary>
    /// <exception cref="Failure">A stage would have none.</exception>
    public static ImmutableArray<StageSteps> Of(string model, long steps, ImmutableArray<StageShare> stages)
    {
        var (all, before, done) = (stages.Sum(s => s.Share), 0.0, 0L);
        var divided = ImmutableArray.CreateBuilder<StageSteps>();
        foreach (var stage in stages)
        {
            before += stage.Share;
            var until = (long)Math.Round(steps * before / all, MidpointRounding.AwayFromZero);
            divided.Add(new StageSteps(stage.Name, until - done));
            done = until;
        }
        return divided.All(s => s.Steps > 0) ? divided.ToImmutable() : throw new Failure($"{steps} steps are too few for the {stages.Length} stages of '{model}'");
    }

    /// <summary>As many steps as fit into the minutes, at least one a stage.</summary>
    /// <param name="pace">Seconds of a step of each stage.</param>
    public static ImmutableArray<StageSteps> Of(double minutes, ImmutableArray<StageShare> stages, IReadOnlyDictionary<string, double> pace)
    {
        var all = stages.Sum(s => s.Share);
        return [.. stages.Select(s => new StageSteps(s.Name, Math.Max(1, (long)(60 * minutes * s.Share / all / pace[s.Name]))))];
    }
}
