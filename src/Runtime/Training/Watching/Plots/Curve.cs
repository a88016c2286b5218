using System.Collections.Immutable;

namespace Mllm.Runtime.Training.Watching.Plots;

/// <summary>A line in a plot, its points in the order of <see cref="CurvePoint.X"/>; points whose Y is not finite are gaps.</summary>
/// <param name="Raw">The same values before smoothing, drawn faintly behind; empty for none.</param>
public sealed record Curve(string Label, ImmutableArray<CurvePoint> Points, ImmutableArray<CurvePoint> Raw)
{
    public Curve(string label, ImmutableArray<CurvePoint> points)
        : this(label, points, [])
    {
    }

    /// <summary>A curve smoothed by <see cref="Smoothing"/> over the given values.</summary>
    public static Curve Smoothed(string label, ImmutableArray<CurvePoint> raw) => new(label, Smoothing.Of(raw), raw);
}

/// <summary>One value of a curve.</summary>
public readonly record struct CurvePoint(double X, double Y);
