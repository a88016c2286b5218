using System.Collections.Immutable;

namespace Mllm.Cli.Comparison;

/// <summary>What a comparison found.</summary>
internal sealed record ComparisonReport(CompareRequest Request, ImmutableArray<ComparedModel> Models);

/// <summary>One model with its results, one for each seed.</summary>
internal sealed record ComparedModel(Contestant Contestant, ModelFacts Facts, ImmutableArray<ComparedRun> Runs)
{
    public Spread? Loss => Spread.Of(Runs.Select(r => (double?)r.Loss));

    public Spread? SecondsPerStep => Spread.Of(Runs.Select(r => (double?)r.SecondsPerStep));

    /// <summary>A figure of the test data by its name; null where the task has none such.</summary>
    public Spread? Test(string figure) => Spread.Of(Runs.Select(r => r[figure]));

    /// <summary>Parts that began with fresh numbers and were never trained: they stay random.</summary>
    public ImmutableArray<string> Random => [.. Facts.Frozen.Where(f => Runs[0].Begins.Any(b => b.Key == f && b.Value == "fresh"))];
}
