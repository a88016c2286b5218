using Mllm.Cli.Training;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>The YAML file of a run: its mistakes in its own words, and what stands over it.</summary>
public class RunFileTests
{
    [Theory]
    [InlineData("model: a.mllm\nsteps_per_run: 3\n", ":2:1: there is no setting `steps_per_run` here", "there are all, cache_mib")]
    [InlineData("model: a.mllm\nweigths: [a]\n", ":2:1: there is no setting `weigths` here", "did you mean `weights`?")]
    [InlineData("stages:\n  align:\n    btach: 4\n", ":3:5: there is no setting `btach` here", "did you mean `batch`?")]
    [InlineData("all:\n  augment:\n    flp: 0.5\n", ":3:5: there is no setting `flp` here", "did you mean `flip`?")]
    [InlineData("stages:\n  align:\n    batch: four\n", ":3:12: `batch` is not a whole number: batch: four", "")]
    [InlineData("all:\n  learning_rate: fast\n", ":2:18: `learning_rate` is not a number: learning_rate: fast", "")]
    [InlineData("all: { batch: 0 }\n", ": `batch` is 0: expected at least 1", "")]
    [InlineData("all: { epochs: 0 }\n", ": `epochs` is 0: expected more than 0", "")]
    [InlineData("all:\n  augment: { flip: 2 }\n", ": `augment`: `flip` is from 0 (off) to 1, found 2", "")]
    [InlineData("model: [\n", ":1:", "")]
    public void MistakesNameTheSettingAndItsLine(string yaml, string message, string help)
    {
        var path = Files.Written(yaml, "run.yaml");
        var call = Call.Of("train", "--config", path);
        Assert.Equal(ExitCode.Usage, call.Code);
        Assert.Contains($"error: {path}{message}", call.Error);
        Assert.Contains(help, call.Error);
    }

    [Fact]
    public void OptionsStandOverTheFileAndAStageOverAll()
    {
        var path = Files.Written("""
            model: model.mllm
            out: runs/a
            seed: 3
            dtype: bf16
            set: { depth: 2 }
            all: { batch: 4, steps: 10, data: [a.jsonl], learning_rate: 0.1 }
            stages:
              align: { batch: 6, epochs: 2 }
              instruct:
            """, "run.yaml");
        var folder = Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.GetDirectoryName(path)!);
        var plain = Asked("--config", path);
        Assert.Equal(Path.Combine(folder, "model.mllm"), plain.Model.Path);
        Assert.Equal(Path.Combine(folder, "runs/a"), plain.Run.Out);
        Assert.Equal(["align", "instruct"], plain.Stages.AsEnumerable());
        Assert.Equal((3UL, "bf16", "depth"), (plain.Run.Seed, plain.Dtype, Assert.Single(plain.Model.Settings).Name));
        Assert.Equal((6, null, 2.0, 0.1), (plain.OptionsOf("align").Batch, plain.OptionsOf("align").Steps, plain.OptionsOf("align").Epochs, plain.OptionsOf("align").LearningRate));
        Assert.Equal((4, 10L), (plain.OptionsOf("instruct").Batch, plain.OptionsOf("instruct").Steps));
        Assert.Equal(Path.Combine(folder, "a.jsonl"), Assert.Single(plain.OptionsOf("align").Data));

        var over = Asked("--config", path, "--batch", "8", "--seed", "9", "--stage", "align", "--data", "b.jsonl", "--out", "elsewhere", "--dtype", "f32");
        Assert.Equal((8, "b.jsonl"), (over.OptionsOf("align").Batch, Assert.Single(over.OptionsOf("align").Data)));
        Assert.Equal((9UL, "f32", "elsewhere"), (over.Run.Seed, over.Dtype, over.Run.Out));
        Assert.Equal(["align"], over.Stages.AsEnumerable());
    }

    private static TrainRequest Asked(params string[] words)
    {
        var runtime = new FakeRuntime();
        Call.With(null, runtime, "", ["train", .. words]);
        return runtime.AskedToTrain!;
    }
}
