using System.Globalization;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli.Comparison;

/// <summary>What was the same for all models, and what could not be: a table without it says more than was measured.</summary>
internal static class ComparisonNotes
{
    /// <summary>One sentence for each condition.</summary>
    public static IEnumerable<string> Conditions(ComparisonReport report)
    {
        var (conditions, run) = (report.Request.Conditions, report.Models[0].Runs[0]);
        var budget = conditions.Steps is { } steps ? $"{steps} steps" : string.Create(CultureInfo.InvariantCulture, $"{conditions.Minutes} minutes of training, turned into steps by the pace of {CompareSession.Probe} steps of each stage");
        yield return $"each model: {budget} of {conditions.Batch} samples, all stages together; the same samples in the same order for one seed; {run.Device}";
        yield return $"trained on {Names(conditions.Data)}, tested on {Names(conditions.Test)}{(conditions.Limit is { } limit ? $" (the first {limit} records)" : "")}: {Over(run)}";
        yield return $"{(conditions.Seeds.Length == 1 ? $"one seed ({conditions.Seeds[0]}): no spread is known" : $"mean ± standard deviation over the seeds {string.Join(", ", conditions.Seeds)}")}; {(conditions.Tokenizer is { } tokenizer ? $"the tokenizer in {tokenizer}" : "a tokenizer of bytes")}";
        if (Rates(conditions) is { Length: > 0 } rates)
            yield return rates;
        yield return $"operations: floating-point, a multiply-add is two; encode: one image; prefill: {report.Models[0].Facts.Text} text tokens and one image; decode: the next token. Training loss: mean of the last tenth of the last stage's steps";
    }

    /// <summary>One sentence for each thing that differs.</summary>
    public static IEnumerable<string> Differences(ComparisonReport report)
    {
        var own = report.Request.Conditions is { LearningRate: not null } ? "Schedules and prompts" : "Learning rates, schedules and prompts";
        yield return $"{own} are those of each file; none was tuned for this comparison.";
        foreach (var model in report.Models)
            yield return $"{model.Contestant.Name} trains {Words.Join([.. model.Runs[0].Stages.Select(s => $"`{s.Name}` for {Steps(s.Steps)}")], "and")}{(model.Runs[0].Task is { } task ? $", and is asked by its task `{task}`" : "")}.";
        foreach (var model in report.Models.Where(m => !m.Facts.Stages[^1].Terms.IsEmpty))
            yield return $"The training loss of {model.Contestant.Name} is the sum of {Words.Join([.. model.Facts.Stages[^1].Terms], "and")}: it does not compare with that of language modelling.";
        foreach (var model in report.Models.Where(m => !m.Random.IsEmpty))
            yield return $"{Words.Join([.. model.Random], "and")} of {model.Contestant.Name} began with fresh numbers and {(model.Random.Length == 1 ? "is" : "are")} frozen in all its stages: random to the end, a handicap that trained weights remove.";
        foreach (var model in report.Models)
            if (model.Runs[0].Begins.Where(b => b.Value != "fresh").Select(b => b.Key).ToList() is { Count: > 0 } given)
                yield return $"{Words.Join(given, "and")} of {model.Contestant.Name} began with given weights.";
        if (report.Models.Select(m => m.Runs[0].Stages.Sum(s => s.Steps)).Distinct().Count() > 1)
            yield return "Equal minutes are unequal steps: faster models saw more samples.";
        yield return "The test loss is per token of the answers, the token that ends an answer included, which is each file's own.";
        if (report.Models.Any(m => m.Test("loss") is null))
            yield return "A model without a test loss was evaluated by a task that gives no text; --json has its figures.";
        if (report.Models.Select(m => m.Runs[0].Figures.FirstOrDefault()?.Count).Distinct().Count() > 1)
            yield return $"Not every model could be asked every record: {string.Join(", ", report.Models.Select(m => $"{m.Contestant.Name} {m.Runs[0].Figures.FirstOrDefault()?.Count ?? 0}"))}.";
        yield return "Seconds of a step are of one machine and whatever else ran on it.";
    }

    private static string Rates(Conditions conditions) => string.Join("; ", new[]
    {
        conditions.LearningRate is { } rate ? string.Create(CultureInfo.InvariantCulture, $"a learning rate of {rate} for every stage") : null,
        conditions.Warmup is { } warmup ? string.Create(CultureInfo.InvariantCulture, $"a warm-up of {warmup}{(warmup < 1 ? " of a stage's steps" : " steps")}") : null,
        conditions.Augment is not null ? "pictures varied alike" : null,
    }.OfType<string>());

    private static string Over(ComparedRun run) => string.Join(", ", run.Figures.Where(f => f.Name is "loss" or "exact match").Select(f => $"{f.Count.ToString("N0", CultureInfo.InvariantCulture)} {f.Unit}")) is { Length: > 0 } text ? text : "no answers";

    private static string Steps(long steps) => steps == 1 ? "1 step" : $"{steps} steps";

    private static string Names(IEnumerable<string> paths) => string.Join(" and ", paths.Select(Shown));

    private static string Shown(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
}
