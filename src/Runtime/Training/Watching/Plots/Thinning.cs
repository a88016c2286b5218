using System.Collections.Immutable;

namespace Mllm.Runtime.Training.Watching.Plots;

/// <summary>Fewer points that give the same picture: of each column of the plot, the first, lowest, highest and last.</summary>
internal static class Thinning
{
    public static ImmutableArray<CurvePoint> Of(ImmutableArray<CurvePoint> points, int columns)
    {
        if (points.Length <= 4 * columns)
            return points;
        var (from, to) = (points[0].X, points[^1].X);
        return
        [
            .. points.GroupBy(p => (int)Math.Min(columns - 1, (p.X - from) / (to - from) * columns))
                .SelectMany(column => Extremes([.. column])),
        ];
    }

    private static IEnumerable<CurvePoint> Extremes(List<CurvePoint> points)
    {
        var low = points.FindIndex(p => p.Y == points.Min(q => q.Y));
        var high = points.FindIndex(p => p.Y == points.Max(q => q.Y));
        return new[] { 0, low, high, points.Count - 1 }.Where(i => i >= 0).Distinct().Order().Select(i => points[i]);
    }
}
