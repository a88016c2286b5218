using System.Globalization;

namespace Mllm.Runtime.Training.Watching.Plots;

/// <summary>One axis: its range ends at round values (1, 2 or 5 times a power of ten) and ticks stand at each.</summary>
internal sealed record Axis(double Low, double High, double Interval)
{
    /// <summary>The axis that holds all of these values with about <paramref name="ticks"/> intervals. Values that are not finite do not count.</summary>
    /// <param name="isTight">Whether the range ends with the values instead of at round ones.</param>
    public static Axis Of(IEnumerable<double> values, int ticks, bool isTight = false)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high)
            (low, high) = (0, 1);
        if (high - low <= 1e-9 * Math.Max(Math.Abs(low), Math.Abs(high)))
            (low, high) = (low - (low == 0 ? 1 : Math.Abs(low) / 10), high + (high == 0 ? 1 : Math.Abs(high) / 10));
        var interval = Round((high - low) / ticks);
        return isTight
            ? new Axis(low, high, interval)
            : new Axis(Math.Floor(low / interval + 1e-9) * interval, Math.Ceiling(high / interval - 1e-9) * interval, interval);
    }

    /// <summary>The round values within the range.</summary>
    public IEnumerable<double> Ticks()
    {
        var first = (long)Math.Ceiling(Low / Interval - 1e-9);
        var last = (long)Math.Floor(High / Interval + 1e-9);
        for (var tick = first; tick <= last; tick++)
            yield return tick * Interval;
    }

    /// <summary>A tick's number with as many digits as the interval needs; thousands are set apart.</summary>
    public string Label(double tick)
    {
        if (Math.Abs(Interval) is >= 1e6 or < 1e-5)
            return tick.ToString("0.##e0", CultureInfo.InvariantCulture);
        var digits = Math.Max(0, (int)Math.Ceiling(-Math.Log10(Interval) - 1e-9));
        return (tick + 0.0).ToString("#,0" + (digits > 0 ? "." + new string('0', digits) : ""), CultureInfo.InvariantCulture);
    }

    /// <summary>Where a value lies between the ends, from 0 to 1.</summary>
    public double Share(double value) => (value - Low) / (High - Low);

    private static double Round(double interval)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(interval)));
        return (interval / power) switch { <= 1 + 1e-9 => 1, <= 2 + 1e-9 => 2, <= 5 + 1e-9 => 5, _ => 10 } * power;
    }
}
