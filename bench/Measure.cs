using System.Diagnostics;

namespace Mllm.Bench;

/// <summary>Times by the clock, and what is said about several of them.</summary>
internal static class Measure
{
    public static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The time by the clock and the processor time of all threads, which a busy machine does not lengthen (much).</summary>
    public static (double Clock, double Processor) Both(Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        var clock = Seconds(action);
        return (clock, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
