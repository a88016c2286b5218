using System.Collections.Immutable;
using System.Text.Json;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>Tasks that give a score: what is shown, and that a table is nothing but its single scores.</summary>
public class ScoreTests
{
    private static readonly string Blip = Files.Architecture("blip");
    private static readonly string[] Pictures = [.. new[] { "chelsea.png", "coffee.png" }.Select(n => Path.Combine(Files.Root, "architectures/pictures", n))];
    private static readonly string[] Texts = ["a cat", "a cup of coffee on a table", "x"];

    [Theory]
    [InlineData("match", 0, 1)]
    [InlineData("retrieve", -1, 1)]
    public void ATableHasTheScoresOfItsPairs(string task, double least, double most)
    {
        var table = Scores(task, Pictures, Texts);
        Assert.Equal((2, 3), (table.GetArrayLength(), table[0].GetArrayLength()));
        var different = new HashSet<double>();
        for (var p = 0; p < Pictures.Length; p++)
            for (var t = 0; t < Texts.Length; t++)
            {
                var score = table[p][t].GetDouble();
                Assert.InRange(score, least, most);
                // Sums in float32 whose order depends on the batch: some hundred additions of numbers below one.
                Assert.Equal(Scores(task, [Pictures[p]], [Texts[t]])[0][0].GetDouble(), score, 1e-5);
                different.Add(score);
            }
        Assert.Equal(6, different.Count);
    }

    [Fact]
    public void AScoreIsPassedTheTextsAndTasksOfTheCommandLine()
    {
        var runtime = new FakeRuntime();
        Call.With(null, runtime, "", "m.mllm", "--run", "--task", "match", "--prompt", "a", "--prompt=b", "--text", "caption=c = d");
        Assert.Equal(("match", "a,b"), (runtime.Asked!.Model.Task, string.Join(",", runtime.Asked.Prompts)));
        Assert.Equal([new Setting("caption", "c = d")], runtime.Asked.Texts.AsEnumerable());
    }

    [Theory]
    [InlineData("0.1 0.9|0.3 0.2", "", "   a.png    b.png\n  0.1000   0.3000*  \"one\"\n  0.9000*  0.2000   \"two\"\n\n4 scores in 0.500 s\n")]
    [InlineData("0.1 0.9|0.3 0.2", "--quiet", "0.1\t0.3\n0.9\t0.2\n")]
    [InlineData("-0.00001 20", "", "  -1.000e-05   \"one\"\n     20.0000*  \"two\"\n\n2 scores in 0.500 s\n")]
    [InlineData("0.1|0.4", "", "   a.png    b.png\n  0.1000   0.4000*  \"one\"\n\n2 scores in 0.500 s\n")]
    [InlineData("0.5", "", "  0.5000  \"one\"\n\n1 score in 0.500 s\n")]
    public void TheBestTextOfAPictureIsMarked(string scores, string option, string expected)
    {
        var call = Call.With(null, new FakeRuntime { Report = Report(scores) }, "", [.. new[] { "run", "m.mllm", option }.Where(w => w.Length > 0)]);
        Assert.EndsWith(expected, call.Out);
        Assert.Equal(0, call.Code);
    }

    [Fact]
    public void WhatIsNoNumberIsNullInJson()
    {
        using var document = JsonDocument.Parse(Call.With(null, new FakeRuntime { Report = Report("NaN 0.5|-1 2") }, "", "run", "m.mllm", "--json").Out);
        Assert.Equal("[[null,0.5],[-1,2]]", JsonSerializer.Serialize(document.RootElement.GetProperty("scores")));
    }

    private static ScoreReport Report(string scores)
    {
        ImmutableArray<ImmutableArray<double>> values = [.. scores.Split('|').Select(p => p.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToImmutableArray())];
        var setup = new RunSetup(new ModelSummary("M", null, null, [], [], []), "cpu", "f32", "random numbers", [], new TaskSummary("match", "a score", null));
        string[] pictures = ["a.png", "b.png"], texts = ["one", "two"];
        return new ScoreReport(setup, 0.25, [.. pictures.Take(values.Length)], [.. texts.Take(values[0].Length)], values, 0.5);
    }

    private static JsonElement Scores(string task, string[] pictures, string[] texts)
    {
        var call = Call.Of(["run", Blip, "--task", task, "--dtype", "f32", "--device", "cpu", "--random", "--json", .. pictures.SelectMany(p => new[] { "--image", p }), .. texts.SelectMany(t => new[] { "--prompt", t })]);
        Assert.Equal((0, ""), (call.Code, call.Error));
        using var document = JsonDocument.Parse(call.Out);
        Assert.Equal((task, pictures.Length, texts.Length), (document.RootElement.GetProperty("task").GetString(), document.RootElement.GetProperty("pictures").GetArrayLength(),
            document.RootElement.GetProperty("texts").GetArrayLength()));
        return document.RootElement.GetProperty("scores").Clone();
    }
}
