namespace Mllm.Cli.Comparison;

/// <summary>A number over several seeds.</summary>
/// <param name="Deviation">The standard deviation of the sample (n - 1); null for fewer than two.</param>
internal sealed record Spread(double Mean, double? Deviation, int Count)
{
    /// <summary>Null where one of the values is missing: the mean of the rest would be of other seeds than its neighbours in the table.</summary>
    public static Spread? Of(IEnumerable<double?> values)
    {
        var all = values.ToList();
        if (all.Count == 0 || all.Any(v => v is null))
            return null;
        var mean = all.Average(v => v!.Value);
        return new Spread(mean, all.Count > 1 ? Math.Sqrt(all.Sum(v => (v!.Value - mean) * (v.Value - mean)) / (all.Count - 1)) : null, all.Count);
    }
}
