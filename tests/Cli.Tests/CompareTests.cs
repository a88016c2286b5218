using System.Text.Json;
using Mllm.Cli.Comparison;
using Mllm.Runtime.Training;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>A comparison of two small models, two steps each on four of the shipped pictures.</summary>
public class CompareTests
{
    private static readonly string Pictures = Path.Combine(Files.Root, "data/pictures/pictures.jsonl");

    [Fact]
    public void ModelsAreComparedUnderTheSameConditionsAndDoneRunsAreKept()
    {
        var output = Path.Combine(Directory.CreateTempSubdirectory("mllmc-test-").FullName, "out");
        var markdown = output + ".md";
        var first = Compare(output, "--json", "--markdown", markdown);
        Assert.Equal("", first.Code == 0 ? "" : first.Error);
        Assert.Contains("llava, seed 0, 2 steps: align 1, instruct 1\n", first.Error);

        var document = JsonDocument.Parse(first.Out).RootElement;
        var models = document.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(["llava", "flamingo"], models.Select(m => m.GetProperty("name").GetString()));
        Assert.Equal([0L, 16L], models.Select(m => m.GetProperty("visual_tokens_attended").GetInt64()));
        Assert.All(models, m => Assert.Equal("vision", m.GetProperty("random_to_the_end")[0].GetString()));
        Assert.All(models, m => Assert.InRange(m.GetProperty("trainable").GetInt64(), 1, m.GetProperty("parameters").GetInt64() - 1));
        Assert.All(models, m => Assert.True(m.GetProperty("prefill_operations").GetDouble() > m.GetProperty("decode_operations").GetDouble()));
        foreach (var model in models)
        {
            var (figures, run) = (model.GetProperty("figures"), model.GetProperty("runs")[0]);
            Assert.Equal((1, JsonValueKind.Null), (figures.GetProperty("test_loss").GetProperty("seeds").GetInt32(), figures.GetProperty("test_loss").GetProperty("deviation").ValueKind));
            // Fresh numbers: about the logarithm of the 1024 tokens.
            Assert.InRange(figures.GetProperty("training_loss").GetProperty("mean").GetDouble(), 4, 10);
            Assert.InRange(figures.GetProperty("test_loss").GetProperty("mean").GetDouble(), 4, 10);
            Assert.InRange(figures.GetProperty("test_exact_match").GetProperty("mean").GetDouble(), 0, 1);
            Assert.Equal(2, run.GetProperty("stages").EnumerateObject().Sum(s => s.Value.GetInt64()));
        }
        // Two stages of one step end where one stage of two steps does: all models took the same four samples.
        foreach (var name in new[] { "llava-0", "flamingo-0" })
            Assert.Equal(4, new Checkpoints(Path.Combine(output, name, "checkpoints"), 1).Latest()!.Value.Point.Position);
        Assert.StartsWith("<svg", File.ReadAllText(Path.Combine(output, "losses.svg")), StringComparison.Ordinal);
        Assert.Equal(first.Out, File.ReadAllText(Path.Combine(output, "comparison.json")));
        Assert.Contains("\n| flamingo | 3.07 M | ", File.ReadAllText(markdown));

        var again = Compare(output, "--resume");
        Assert.Equal((0, ""), (again.Code, again.Error));
        Assert.Matches(@"(?m)^model +parameters +trainable +visual tokens +encode +prefill +decode +training loss +test loss +exact match +token F1 +s/step$", again.Out);
        Assert.Matches(@"(?m)^llava +2\.24 M +1\.34 M +16 +32\.0 M .*\d\.\d{3}$", again.Out);
        Assert.Contains("- vision of llava began with fresh numbers and is frozen in all its stages", again.Out);

        var taken = Compare(output);
        Assert.Equal(2, taken.Code);
        Assert.Contains("is there already", taken.Error);
        var other = Compare(output, "--resume", "--learning-rate", "0.5");
        Assert.Equal(2, other.Code);
        Assert.Contains("holds a result under other conditions", other.Error);
    }

    [Theory]
    [InlineData("needs a FILE", "--data", "d")]
    [InlineData("needs --data", "a.mllm", "--test", "t")]
    [InlineData("needs --test", "a.mllm", "--data", "d")]
    [InlineData("either --steps or --minutes", "a.mllm", "--data", "d", "--test", "t")]
    [InlineData("either --steps or --minutes", "a.mllm", "--data", "d", "--test", "t", "--steps", "3", "--minutes", "1")]
    [InlineData("whole numbers with commas", "a.mllm", "--data", "d", "--test", "t", "--steps", "3", "--seeds", "0,x")]
    [InlineData("`align=2`", "a.mllm", "--data", "d", "--test", "t", "--steps", "3", "--stage", "align=-1")]
    [InlineData("needs --out", "a.mllm", "--data", "d", "--test", "t", "--steps", "3")]
    public void WhatIsMissingIsSaid(string said, params string[] words)
    {
        var call = Call.Of(["compare", .. words]);
        Assert.Equal(2, call.Code);
        Assert.Contains(said, call.Error);
    }

    [Fact]
    public void AStageThatAModelDoesNotHaveIsRefusedBeforeAnythingIsTrained()
    {
        var call = Call.Of("compare", Files.Architecture("llava"), "--data", Pictures, "--test", Pictures, "--steps", "3", "--stage", "aling", "--out", Files.Written("") + ".out");
        Assert.Equal(2, call.Code);
        Assert.Contains("'llava' has none of the stages to train", call.Error);
        Assert.Contains("its stages: align, instruct", call.Error);
    }

    [Fact]
    public void AConfigurationIsReadAndWrongSettingsAreNamed()
    {
        var wrong = Call.Of("compare", "--config", Files.Written("steps: 3\nsteeps: 4\n", "c.yaml"));
        Assert.Equal(2, wrong.Code);
        Assert.Contains("there is no setting", wrong.Error);
        var file = CompareFile.Read(Path.Combine(Files.Root, "recipes/compare.yaml"));
        var (models, conditions) = (file.Contestants.Select(c => c.Model).ToList(), file.ToConditions());
        Assert.Equal(9, models.Count);
        // Every model compiles and has its stages.
        Assert.All(models, m => Assert.NotNull(ModelFacts.Of(m, conditions).Value));
    }

    [Theory]
    [InlineData(10, new[] { 1.0, 1.0 }, new[] { 5L, 5L })]
    [InlineData(10, new[] { 1.0, 2.0 }, new[] { 3L, 7L })]
    [InlineData(7, new[] { 1.0, 1.0, 1.0 }, new[] { 2L, 3L, 2L })]
    public void StepsAreDividedByTheShares(long steps, double[] shares, long[] expected) =>
        Assert.Equal(expected, Budget.Of("m", steps, [.. shares.Select((s, i) => new StageShare($"s{i}", s, []))]).Select(s => s.Steps));

    [Fact]
    public void MinutesAreDividedByTimeNotBySteps()
    {
        var stages = Budget.Of(1, [new StageShare("fast", 1, []), new StageShare("slow", 2, [])], new Dictionary<string, double> { ["fast"] = 0.1, ["slow"] = 0.5 });
        Assert.Equal([200L, 80L], stages.Select(s => s.Steps));
        Assert.Throws<Failure>(() => Budget.Of("m", 1, [new StageShare("a", 1, []), new StageShare("b", 1, [])]));
    }

    [Fact]
    public void TheSpreadIsThatOfASample()
    {
        Assert.Equal(new Spread(2, 1, 3), Spread.Of([1, 2, 3]));
        Assert.Equal(new Spread(4, null, 1), Spread.Of([4.0]));
        Assert.Null(Spread.Of([1, null]));
    }

    private static Call Compare(string output, params string[] words) => Call.Of(
    [
        "compare", Files.Architecture("llava"), Files.Architecture("flamingo") + ":tiny", "--data", Pictures, "--test", Pictures, "--steps", "2", "--seeds", "0", "--batch", "2", "--limit", "2",
        "--max-tokens", "2", "--device", "cpu", "--out", output, .. words,
    ]);
}
