using System.Text.Json;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>Evaluations of tiny models with random weights on the two shipped pictures.</summary>
public class EvalTests
{
    private static readonly string[] Captions =
    [
        """{"image":"chelsea.png","caption":"a cat","category":"animals"}""",
        """{"image":"coffee.png","caption":"a cup of coffee on a table","category":"food"}""",
        """{"image":"chelsea.png","caption":"the face of a cat","category":"animals"}""",
    ];

    private static readonly string[] Questions =
    [
        """{"image":"chelsea.png","question":"What is it?","answer":"cat"}""",
        """{"image":"coffee.png","question":"What colour is the table, and what stands on it?","answer":"brown, a cup"}""",
    ];

    public static TheoryData<string, string> Tasks => new()
    {
        { "llava", "caption" }, { "llava", "answer" }, { "flamingo", "caption" }, { "flamingo", "answer" }, { "minigpt4", "caption" }, { "minigpt4", "answer" },
        { "mplug_owl", "caption" }, { "mplug_owl", "answer" }, { "blip", "caption" }, { "blip", "answer" }, { "blip2", "caption" }, { "blip2", "answer" },
    };

    [Theory]
    [MemberData(nameof(Tasks))]
    public void EveryTaskThatGeneratesIsMeasured(string model, string task)
    {
        var isAnswer = task == "answer";
        var found = Evaluate(isAnswer ? Questions : Captions, model, "--task", task, "--max-tokens", "3", "--batch", "2");
        var figures = found.GetProperty("figures");
        Assert.Equal((task, isAnswer ? 2 : 3, 0), (found.GetProperty("task").GetString(), found.GetProperty("records").GetInt32(), found.GetProperty("left_out").GetInt32()));
        // The two captions of the first picture are two references of one sample.
        Assert.All(new[] { "exact_match", "token_f1", "bleu_1", "bleu_4", "cider_d" }, f => Assert.Equal(2, figures.GetProperty(f).GetProperty("count").GetInt32()));
        var (loss, perplexity) = (figures.GetProperty("loss"), figures.GetProperty("perplexity"));
        Assert.Equal(Math.Exp(loss.GetProperty("value").GetDouble()), perplexity.GetProperty("value").GetDouble(), 1e-9 * perplexity.GetProperty("value").GetDouble());
        // Bytes are the tokens, and one more ends each answer.
        var texts = isAnswer ? new[] { "cat", "brown, a cup" } : ["a cat", "a cup of coffee on a table", "the face of a cat"];
        Assert.InRange(loss.GetProperty("count").GetInt32(), texts.Sum(t => t.Length + 1), texts.Sum(t => t.Length + 6));
        Assert.InRange(loss.GetProperty("value").GetDouble(), 1, 20);
    }

    [Fact]
    public void NothingDependsOnTheBatch()
    {
        var (one, together) = (Path.GetTempFileName(), Path.GetTempFileName());
        Evaluate(Questions.Concat(Captions), "flamingo", "--max-tokens", "5", "--batch", "1", "--out", one);
        Evaluate(Questions.Concat(Captions), "flamingo", "--max-tokens", "5", "--batch", "4", "--out", together);
        foreach (var (a, b) in Lines(one).Zip(Lines(together)))
        {
            Assert.Equal(a.GetProperty("prediction").GetString(), b.GetProperty("prediction").GetString());
            // Sums in float32 whose order depends on the padding: some hundred additions of numbers of about one.
            Assert.Equal(a.GetProperty("loss").GetDouble(), b.GetProperty("loss").GetDouble(), 1e-4);
        }
        Assert.Equal(4, Lines(one).Count);
    }

    [Fact]
    public void EachSampleIsALine()
    {
        var path = Path.GetTempFileName();
        Evaluate(Captions, "llava", "--task", "caption", "--max-tokens", "2", "--by", "category", "--out", path);
        var first = Lines(path)[0];
        Assert.Equal(["a cat", "the face of a cat"], first.GetProperty("references").EnumerateArray().Select(r => r.GetString()));
        Assert.Equal((1, "animals", "length", JsonValueKind.Null), (first.GetProperty("line").GetInt32(), first.GetProperty("category").GetString(), first.GetProperty("stop_reason").GetString(),
            first.GetProperty("user").ValueKind));
        Assert.EndsWith("chelsea.png", first.GetProperty("pictures")[0].GetString());
    }

    [Fact]
    public void AFieldDividesTheFigures()
    {
        var by = Evaluate(Captions, "llava", "--task", "caption", "--max-tokens", "2", "--by", "category").GetProperty("by");
        Assert.Equal([("animals", 1), ("food", 1)], by.EnumerateArray().Select(g => (g.GetProperty("value").GetString()!, g.GetProperty("exact_match").GetProperty("count").GetInt32())));
        Assert.Equal("a cat".Length + "the face of a cat".Length + 2, by[0].GetProperty("loss").GetProperty("count").GetInt32(), 6.0);
    }

    [Fact]
    public void BrokenRecordsAreReportedWithTheirLine()
    {
        var data = Written([Captions[0], "{", """{"image":"nowhere.png","caption":"x"}""", Captions[1]]);
        var call = Call.Of("eval", Files.Architecture("llava"), "--data", data, "--random", "--task", "caption", "--max-tokens", "1", "--dtype", "f32", "--device", "cpu");
        Assert.Equal(0, call.Code);
        Assert.Contains(": 4 records, 2 of them left out\n", call.Out);
        Assert.Contains($"{data}:2: ", call.Error);
        Assert.Contains($"{data}:3: ", call.Error);
        Assert.Matches(@"(?m)^  exact match +\d\.\d{4}  2 samples$", call.Out);

        var strict = Call.Of("eval", Files.Architecture("llava"), "--data", data, "--random", "--strict", "--dtype", "f32", "--device", "cpu");
        Assert.Equal(1, strict.Code);
        Assert.StartsWith($"error: {data}:2: ", strict.Error);
    }

    [Theory]
    [InlineData("eval {llava} --data nowhere.jsonl", 2, "nowhere.jsonl")]
    [InlineData("eval {llava}", 2, "`--data PATH` is missing")]
    [InlineData("eval {blip} --task answer --data {two}", 2, "no record of ")]
    [InlineData("eval {blip} --task match --data {questions} --strict --prompt x", 2, "`mllmc eval` has no option `--prompt`")]
    [InlineData("eval {llava} --data {long}", 2, "no record of ")]
    public void WhatCannotBeEvaluatedIsSaid(string line, int code, string message)
    {
        var long_ = $$"""{"image":"chelsea.png","caption":"{{new string('x', 5000)}}"}""";
        line = line.Replace("{llava}", Files.Architecture("llava")).Replace("{blip}", Files.Architecture("blip")).Replace("{questions}", Written(Questions))
            .Replace("{two}", Written(["""{"images":["chelsea.png","coffee.png"],"caption":"x"}"""])).Replace("{long}", Written([long_]));
        var call = Call.Of(line.Split(' '));
        Assert.Equal(code, call.Code);
        Assert.Contains(message, call.Error);
    }

    [Theory]
    [InlineData("blip", "match")]
    [InlineData("blip", "retrieve")]
    public void RetrievalRanksTheScoresOfRun(string model, string task)
    {
        var path = Path.GetTempFileName();
        var found = Evaluate(Captions, model, "--task", task, "--out", path, "--batch", "1");
        string[] pictures = [.. new[] { "chelsea.png", "coffee.png" }.Select(Picture)], texts = ["a cat", "a cup of coffee on a table", "the face of a cat"];
        using var document = JsonDocument.Parse(Call.Of(["run", Files.Architecture(model), "--random", "--task", task, "--dtype", "f32", "--device", "cpu", "--json",
            .. pictures.SelectMany(p => new[] { "--image", p }), .. texts.SelectMany(t => new[] { "--prompt", t })]).Out);
        var scores = document.RootElement.GetProperty("scores").EnumerateArray().Select(r => r.EnumerateArray().Select(v => v.GetDouble()).ToArray()).ToArray();
        // The first picture has the first and the last text, the second picture the one between.
        int[] ranks = [scores[0][1] < Math.Max(scores[0][0], scores[0][2]) ? 1 : 2, 1 + new[] { scores[1][0], scores[1][2] }.Count(s => s >= scores[1][1])];
        Assert.Equal(ranks, Lines(path).Select(l => l.GetProperty("rank").GetInt32()));
        var figures = found.GetProperty("figures");
        Assert.Equal(ranks.Average(r => r == 1 ? 1.0 : 0), figures.GetProperty("text_recall_at_1").GetProperty("value").GetDouble());
        Assert.Equal((2, 3), (figures.GetProperty("text_recall_at_1").GetProperty("count").GetInt32(), figures.GetProperty("picture_recall_at_1").GetProperty("count").GetInt32()));
        Assert.Equal((2.0 / 3 + 1.0 / 3) / 2, figures.GetProperty("text_recall_at_1").GetProperty("chance").GetDouble(), 1e-12);
        Assert.Equal(0.5, figures.GetProperty("picture_recall_at_1").GetProperty("chance").GetDouble(), 1e-12);
    }

    [Fact]
    public void EarlierTurnsAreGiven()
    {
        var path = Path.GetTempFileName();
        string[] records =
        [
            """{"interleaved":[{"image":"coffee.png","text":"a cup"},{"image":"chelsea.png","text":"a cat"}]}""",
            """{"interleaved":[{"image":"chelsea.png","text":"a kitten"},{"image":"chelsea.png","text":"a cat"}]}""",
        ];
        Evaluate(records, "flamingo", "--max-tokens", "2", "--out", path);
        var lines = Lines(path);
        Assert.Equal([2, 2], lines.Select(l => l.GetProperty("pictures").GetArrayLength()));
        Assert.All(lines, l => Assert.Equal("a cat", Assert.Single(l.GetProperty("references").EnumerateArray()).GetString()));
        Assert.NotEqual(lines[0].GetProperty("loss").GetDouble(), lines[1].GetProperty("loss").GetDouble());
    }

    private static JsonElement Evaluate(IEnumerable<string> records, string model, params string[] options)
    {
        var call = Call.Of(["eval", Files.Architecture(model), "--data", Written(records), "--random", "--dtype", "f32", "--device", "cpu", "--json", .. options]);
        Assert.Equal((0, ""), (call.Code, call.Error));
        using var document = JsonDocument.Parse(call.Out);
        return document.RootElement.Clone();
    }

    /// <summary>A file of records whose pictures are the shipped ones.</summary>
    private static string Written(IEnumerable<string> records) =>
        Files.Written(string.Join('\n', records).Replace("chelsea.png", Picture("chelsea.png")).Replace("coffee.png", Picture("coffee.png")) + "\n", "data.jsonl");

    private static string Picture(string name) => Path.Combine(Files.Root, "architectures/pictures", name);

    private static List<JsonElement> Lines(string path) => [.. File.ReadAllLines(path).Select(l => JsonDocument.Parse(l).RootElement)];
}
