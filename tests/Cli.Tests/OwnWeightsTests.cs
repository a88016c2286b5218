using System.Collections.Immutable;
using System.Text.Json;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>Weights in <c>weights/NAME</c> beside a file are its own, and without a picture a model then says what is in each shipped one.</summary>
public class OwnWeightsTests
{
    private const string Random = "weights: random numbers (seed 0)";

    private static readonly string Pictures = Path.Combine(Files.Root, "data/pictures");
    private static readonly string Text = File.ReadAllText(Path.Combine(Files.Root, "tests/cases/valid/tasks.mllm"))
        // The prompt is empty: what is said first depends on the picture alone.
        .Replace("task ask      { generate llm  prompt \"What is it?\" }", "task caption { generate llm  prompt \"\" }");

    [Fact]
    public void WithoutAPictureTheModelSaysWhatIsInEachShippedOne()
    {
        var (file, folder) = Model();
        var call = Call.Of(Run(file));
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.Contains($"weights: {folder} (the model's own names)\n  task caption\n  32 pictures (shipped)\n", call.Out);

        var records = File.ReadAllLines(Path.Combine(Pictures, "pictures.jsonl")).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        var all = Json([.. Run(file), "--json"]);
        Assert.Equal("caption", all.GetProperty("task").GetString());
        var said = all.GetProperty("pictures").EnumerateArray().ToList();
        Assert.Equal(records.Select(r => (r.GetProperty("image").GetString(), r.GetProperty("caption").GetString())), said.Select(s => (s.GetProperty("picture").GetString(), s.GetProperty("caption").GetString())));
        Assert.Equal(0, all.GetProperty("right").GetInt32());
        Assert.True(said.Select(s => s.GetProperty("text").GetString()).Distinct().Count() > 1, "all pictures are called the same");
        foreach (var (one, i) in new[] { 0, 15, 16, 31 }.Select(i => (said[i], i)))
            Assert.Equal(one.GetProperty("text").GetString(), Json([.. Run(file), "--task", "caption", "--image", Path.Combine(Pictures, records[i].GetProperty("image").GetString()!), "--json"]).GetProperty("text").GetString()!.Trim());
        Assert.DoesNotContain("right", Json([.. Run(file), "--prompt", "Hello", "--json"]).ToString());
    }

    [Theory]
    [InlineData("tasks", "tiny", "", true)]
    [InlineData("tasks", "tiny", "--random", false)]
    [InlineData("tasks", "plain", "", false)]                   // of another variant
    [InlineData("tasks", "tiny", "--set dim=4", false)]         // of other shapes
    [InlineData("tasks", "plain", "--variant plain", false)]    // under another name
    [InlineData("tasks-plain", "plain", "--variant plain", true)]
    [InlineData("tasks-plain", "plain", "", false)]
    public void OnlyWeightsThatSayAndFitWhatIsRunAreTaken(string name, string variant, string options, bool areTaken)
    {
        var (file, folder) = Model(name, variant);
        var call = Call.Of([.. Run(file), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.Contains(areTaken ? $"weights: {folder} " : Random, call.Out);
        Assert.Contains(areTaken ? "32 pictures (shipped)" : "picture chelsea.png (shipped)", call.Out);
    }

    [Fact]
    public void WeightsOfAnotherModelAreNotTaken()
    {
        var (file, _) = Model();
        File.WriteAllText(file, Text.Replace("model Tasks", "model Others").Replace("= Tasks(", "= Others("));
        Assert.Contains(Random, Call.Of(Run(file)).Out);
    }

    [Fact]
    public void BrokenWeightsAreAFailureThatSaysHowToDoWithoutThem()
    {
        var (file, folder) = Model();
        File.WriteAllText(Path.Combine(folder, "model.safetensors"), "x");
        var call = Call.Of(Run(file));
        Assert.Equal(2, call.Code);
        Assert.Contains("MLLM6002", call.Error);
        Assert.Contains("`--random` does without these weights", call.Error);
        Assert.Equal(0, Call.Of([.. Run(file), "--random"]).Code);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("--random", true)]
    public void AnEvaluationTakesThemToo(string option, bool isRandom)
    {
        var (file, folder) = Model();
        var call = Call.Of([.. new[] { "eval", file, "--data", Path.Combine(Pictures, "pictures.jsonl"), "--limit", "2", "--max-tokens", "2", "--device", "cpu", "--dtype", "f32", option }.Where(w => w.Length > 0)]);
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.Contains(isRandom ? Random : $"weights: {folder} ", call.Out);
    }

    [Fact]
    public void RandomNumbersAndACheckpointExcludeEachOther() => Assert.Equal(2, Call.Of("run", "m.mllm", "--random", "--weights", "w").Code);

    [Theory]
    [InlineData(true, "", "  picture    the model says  it is\n* cat.png    cat             cat\n~ apple.png  a\uFFFDb c           red apple\n\n1 of 2 are exactly right (*), 1 near (~), in 0.500 s\n")]
    [InlineData(false, "", "  picture    the model says\n  cat.png    cat\n  apple.png  a\uFFFDb c\n\n2 pictures in 0.500 s\n")]
    [InlineData(true, "--quiet", "cat.png\tcat\napple.png\ta\uFFFDb c\n")]
    public void WhatIsRightIsMarked(bool isCompared, string option, string expected)
    {
        var setup = new RunSetup(new ModelSummary("M", null, null, [], [], []), "cpu", "f32", "w", []);
        ImmutableArray<SampleCaption> said = [new("cat.png", "cat", "cat", isCompared ? new(true, 1) : null), new("apple.png", "a\u001bb\nc", "red apple", isCompared ? new(false, 0.5) : null)];
        var call = Call.With(null, new FakeRuntime { Report = new SampleReport(setup, 0, said, 0.5) }, "", [.. new[] { "run", "m.mllm", option }.Where(w => w.Length > 0)]);
        Assert.EndsWith(option.Length > 0 ? expected : "\n\n" + expected, call.Out);
        Assert.Equal(0, call.Code);
    }

    /// <summary>A file with weights in a folder beside it.</summary>
    private static (string File, string Folder) Model(string name = "tasks", string variant = "tiny")
    {
        var file = Files.Written(Text, "tasks.mllm");
        var folder = Path.Combine(Path.GetDirectoryName(file)!, "weights", name);
        RandomWeights.Write(file, Path.Combine(folder, "model.safetensors"), variant);
        return (file, folder);
    }

    private static string[] Run(string file) => ["run", file, "--device", "cpu", "--dtype", "f32", "--max-tokens", "3"];

    private static JsonElement Json(string[] words)
    {
        var call = Call.Of(words);
        Assert.Equal((0, ""), (call.Code, call.Error));
        return JsonDocument.Parse(call.Out).RootElement;
    }
}
