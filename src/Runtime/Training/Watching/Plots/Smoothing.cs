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

    /// <summary>
    /// A curve's average over about a twenty-fifth of its points: the mean of the averages from the left and from the right, so that it does not lag behind the values.
    /// </summary>
    public static ImmutableArray<CurvePoint> Of(ImmutableArray<CurvePoint> points)
    {
        var left = OneWay(points.Select(p => p.Y), points.Length);
        var right = OneWay(points.Reverse().Select(p => p.Y), points.Length);
        return [.. points.Select((p, i) => p with { Y = double.IsFinite(p.Y) ? (left[i] + right[^(i + 1)]) / 2 : double.NaN })];
    }

    private static double[] OneWay(IEnumerable<double> values, int count)
    {
        var average = new Smoothing(count / 50.0);
        return [.. values.Select(average.Add)];
    }
}
