using System.Text.Json;
using Mllm.Runtime.Evaluation;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>How an evaluation is asked for and shown.</summary>
public class EvalOutputTests
{
    private static readonly EvalReport Report = new(
        new RunSetup(new ModelSummary("M", null, "tiny", [], [], []), "cpu", "f32", "w", [], new TaskSummary("caption", "text", null)), "JSON Lines data.jsonl", 1204, 4,
        [new("exact match", 0.625, 1200, "samples"), new("CIDEr-D", null, 1, "samples"), new("perplexity", 123456, 4800, "tokens"), new("text recall@1", 0.25, 12, "pictures", 1.0 / 12)],
        [new("animals", [new("exact match", 0.5, 1000, "samples"), new("token F1", 0.75, 1000, "samples")]), new("", [new("exact match", 1, 200, "samples"), new("token F1", 1, 200, "samples")])], 0.25, 2.5);

    [Fact]
    public void EachFigureStandsWithItsCount()
    {
        var call = Call.With(null, new FakeRuntime { Evaluated = Report }, "", "eval", "m.mllm", "--data", "d", "--by", "category");
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.Equal(
            """
            M, variant tiny (m.mllm)
                  total  0 parameters
              on cpu in f32, weights: w
              task caption

            JSON Lines data.jsonl: 1,204 records, 4 of them left out
              figure             value  chance  over
              exact match       0.6250          1,200 samples
              CIDEr-D                -          1 sample
              perplexity     1.235e+05          4,800 tokens
              text recall@1     0.2500  0.0833  12 pictures

              by category  exact match  token F1  samples
              animals           0.5000    0.7500    1,000
              (none)            1.0000    1.0000      200

            in 2.500 s

            """.ReplaceLineEndings("\n"),
            call.Out);
    }

    [Fact]
    public void TheDocumentHasEachFigureByItsName()
    {
        using var document = JsonDocument.Parse(Call.With(null, new FakeRuntime { Evaluated = Report }, "", "eval", "m.mllm", "--data", "d", "--json").Out);
        var root = document.RootElement;
        Assert.Equal("""{"value":0.625,"count":1200,"unit":"samples"}""", JsonSerializer.Serialize(root.GetProperty("figures").GetProperty("exact_match")));
        Assert.Equal(JsonValueKind.Null, root.GetProperty("figures").GetProperty("cider_d").GetProperty("value").ValueKind);
        Assert.Equal(1.0 / 12, root.GetProperty("figures").GetProperty("text_recall_at_1").GetProperty("chance").GetDouble());
        Assert.Equal(("animals", 0.75), (root.GetProperty("by")[0].GetProperty("value").GetString(), root.GetProperty("by")[0].GetProperty("token_f1").GetProperty("value").GetDouble()));
        Assert.Equal((1204, 4), (root.GetProperty("records").GetInt32(), root.GetProperty("left_out").GetInt32()));
    }

    [Fact]
    public void OptionsArePassedOn()
    {
        var runtime = new FakeRuntime { Evaluated = Report };
        Call.With(null, runtime, "", "eval", "m.mllm", "--data", "a", "--data=b", "--weights", "w", "--task", "t", "--limit", "5", "--batch", "3", "--max-tokens", "7", "--by", "f", "--out", "o", "--strict",
            "--device", "cpu", "--dtype", "bf16", "--seed", "9");
        var asked = runtime.AskedToEvaluate!;
        Assert.Equal(("a,b", "w", "t", 5, 3, 7, "f"), (string.Join(",", asked.Data), Assert.Single(asked.Weights), asked.Model.Task, asked.Limit, asked.Batch, asked.MaxTokens, asked.By));
        Assert.Equal(("o", true, "cpu", "bf16", 9), (asked.Out, asked.IsStrict, asked.Device, asked.Dtype, asked.Seed));
    }
}
