using System.Collections.Immutable;

namespace Mllm.Runtime.Training.Watching.Plots;

/// <summary>An exponential moving average without the pull towards zero at its beginning (Kingma and Ba 2015, section 3).</summary>
public sealed class Smoothing(double window)
{
    private readonly double _decay = 1 - 1 / Math.Max(1, window);
    private double _sum;
    private double _weight;

    /// <summary>The average so far; NaN before the first value.</summary>
    public double Value => _weight > 0 ? _sum / _weight : double.NaN;

    /// <summary>Takes one more value; what is not finite is passed over.</summary>
    public double Add(double value)
    {
        if (double.IsFinite(value))
            (_sum, _weight) = (_decay * _sum + (1 - _decay) * value, _decay * _weight + (1 - _decay));
        return Value;
    }

    /// <summary>A curve's average over about a fiftieth of its points.</summary>
    public static ImmutableArray<CurvePoint> Of(ImmutableArray<CurvePoint> points)
    {
        var average = new Smoothing(points.Length / 50.0);
        return [.. points.Select(p => p with { Y = double.IsFinite(p.Y) ? average.Add(p.Y) : double.NaN })];
    }
}
