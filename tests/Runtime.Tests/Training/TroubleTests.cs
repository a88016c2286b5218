using Mllm.Runtime.Data;
using Mllm.Runtime.Tests.Execution;
using Mllm.Runtime.Tests.Models;
using Mllm.Runtime.Training;
using TorchSharp;
using Xunit;

namespace Mllm.Runtime.Tests.Training;

/// <summary>Whatever goes wrong, the run ends with a reason and its last good checkpoint can be gone on from.</summary>
public class TroubleTests
{
    private const string Llava = "architectures/llava.mllm|tiny";

    [Fact]
    public void A_loss_that_is_no_number_leaves_the_last_checkpoint_whole()
    {
        using var run = new TinyRun(Settings.Small(Llava), "align").Change(s => s with { LearningRate = 1e30, Steps = 8 });
        run.Options = run.Options with { SaveEvery = 1 };
        var error = Assert.Throws<TrainingException>(() => run.Process());
        Assert.Contains("of 'align' gave a loss of ", error.Message);
        var last = run.Checkpoints.Latest()!.Value;
        Assert.Contains($"The last checkpoint is that of step {last.Point.Step} of 'align'", error.Message);
        Assert.All(Load(last.Path), t => Assert.True(t.Value));
    }

    [Fact]
    public void A_poisoned_parameter_changes_nothing_on_the_disk()
    {
        using var run = new TinyRun(Settings.Small(Llava), "align");
        Assert.False(run.Process(stopAfter: 1)!.IsComplete);
        var before = Bytes(run);
        using var poisoned = new TinyRun(Settings.Small(Llava), "align")
        {
            Options = run.Options,
            Stages = run.Stages,
            Prepare = m => m.Weights.Parameters[m.Program.Graph.Parameters.First(p => p.Component == "llm" && p.Path.Contains("norm")).Path].detach().Shift(double.NaN),
        };
        Assert.Contains("step 2 of 'align' gave a loss of NaN", Assert.Throws<TrainingException>(() => poisoned.Process()).Message);
        Assert.Equal(before, Bytes(run));
        Assert.True(run.Process()!.IsComplete);
    }

    [Fact]
    public void Parameters_that_overflow_are_never_saved()
    {
        using var run = new TinyRun(Settings.Small(Llava), "align").Change(s => s with { LearningRate = 1e39 });
        run.Options = run.Options with { SaveEvery = 1 };
        var error = Assert.Throws<TrainingException>(() => run.Process());
        Assert.Contains("after step 1 of 'align' the parameter 'projector.", error.Message);
        Assert.Contains("There is no checkpoint yet", error.Message);
        Assert.Null(run.Checkpoints.Latest());
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_one_before()
    {
        using var run = new TinyRun(Settings.Small(Llava), "align");
        run.Options = run.Options with { SaveEvery = 1 };
        var folder = Directory.CreateDirectory(Path.Combine(run.Out, "checkpoints")).FullName;
        // A file stands where the folder of the second checkpoint would be made.
        var obstacle = Path.Combine(folder, ".partial-1-align-0000002");
        File.WriteAllText(obstacle, "");
        var error = Assert.Throws<TrainingException>(() => run.Process());
        Assert.StartsWith("the checkpoint of step 2 of 'align' cannot be written: ", error.Message);
        Assert.Contains("The last checkpoint is that of step 1", error.Message);
        Assert.Equal(1, run.Checkpoints.Latest()!.Value.Point.Step);
        File.Delete(obstacle);
        Assert.True(run.Process()!.IsComplete);
        using var whole = new TinyRun(Settings.Small(Llava), "align");
        whole.Process();
        Assert.Equal(whole.Losses, run.Losses);
    }

    [Fact]
    public void A_torn_checkpoint_is_none()
    {
        using var run = new TinyRun(Settings.Small(Llava), "align");
        run.Options = run.Options with { SaveEvery = 1 };
        run.Process(stopAfter: 1);
        var good = run.Checkpoints.Latest()!.Value;
        foreach (var (name, point) in new[] { ("1-align-0000003", null), ("1-align-0000002", "{\"Stage\":0,"), (".partial-1-align-0000009", File.ReadAllText(Path.Combine(good.Path, "point.json"))) })
        {
            var torn = Directory.CreateDirectory(Path.Combine(run.Out, "checkpoints", name)).FullName;
            File.WriteAllBytes(Path.Combine(torn, "state.safetensors"), [1, 2, 3]);
            if (point is not null)
                File.WriteAllText(Path.Combine(torn, "point.json"), point);
        }
        Assert.Equal(good.Path, run.Checkpoints.Latest()!.Value.Path);
        Assert.True(run.Process()!.IsComplete);
        Assert.Equal(3, run.Checkpoints.Latest()!.Value.Point.Step);
        Assert.All(Load(run.Checkpoints.Latest()!.Value.Path), t => Assert.True(t.Value));
        Assert.DoesNotContain(Directory.GetDirectories(Path.Combine(run.Out, "checkpoints")), d => Path.GetFileName(d).StartsWith('.'));
    }

    [Fact]
    public void Another_run_is_not_gone_on_from()
    {
        Assert.Equal("the seed, the data of 'align'", RunFingerprint.Differences("a=1; the seed=2; the data of 'align'=3", "a=1; the seed=4; the data of 'align'=5"));
        Assert.Equal("", string.Join("", RunFingerprint.Of([KeyValuePair.Create("a", "x")]).Except(RunFingerprint.Of([KeyValuePair.Create("a", "x")]))));
        Assert.NotEqual(RunFingerprint.Of([KeyValuePair.Create("a", "x")]), RunFingerprint.Of([KeyValuePair.Create("a", "y")]));
    }

    [Fact]
    public void A_record_that_does_not_fit_is_passed_over_or_ends_the_run()
    {
        var tooLong = $$"""{"image":"banana.png","caption":"{{new string('a', 600)}}"}""";
        using var run = new TinyRun(Settings.Small(Llava), "align");
        run.Stages = [run.Stages[0] with { Data = [run.Pictures(3, tooLong)] }];
        var error = Assert.Throws<DataException>(() => run.Process());
        Assert.Equal(4, error.Place!.Line);
        Assert.Contains("the model takes 512 at most", error.Message);
        run.Stages = [run.Stages[0] with { SkipBroken = true }];
        Assert.True(run.Process()!.IsComplete);
        Assert.Single(run.Warnings);

        using var none = new TinyRun(Settings.Small(Llava), "align");
        none.Stages = [none.Stages[0] with { Data = [none.Pictures(0, tooLong, tooLong)], SkipBroken = true }];
        Assert.Contains("no record can be used by 'align'; the last: ", Assert.Throws<DataException>(() => none.Process()).Message);
    }

    [Theory]
    [InlineData("architectures/blip.mllm|tiny", """{"text":"no picture"}""", "takes one picture with each text, found 0")]
    [InlineData("architectures/blip2.mllm|tiny-representation", """{"images":["PICTURES/banana.png","PICTURES/cat.png"],"caption":"two"}""", "takes one picture with each text, found 2")]
    [InlineData("architectures/blip.mllm|tiny", """{"image":"no-such.png","caption":"x"}""", "no-such.png")]
    public void Data_of_the_wrong_kind_are_refused_with_their_line(string setting, string line, string message)
    {
        using var run = new TinyRun(Settings.Small(setting));
        run.Stages = [run.Stages[0] with { Data = [run.Pictures(0, line)] }];
        var error = Assert.Throws<DataException>(() => run.Process());
        Assert.Contains(message, error.Message);
        Assert.Equal(1, error.Place!.Line);
        Assert.Empty(run.Reports);
    }

    /// <summary>By tensor whether all of it is finite.</summary>
    private static Dictionary<string, bool> Load(string checkpoint)
    {
        using var scope = torch.NewDisposeScope();
        return Checkpoints.Load(checkpoint).ToDictionary(t => t.Key, t => { using (t.Value) return t.Value.isfinite().all().item<bool>(); });
    }

    private static Dictionary<string, string> Bytes(TinyRun run) => Directory.GetFiles(Path.Combine(run.Out, "checkpoints"), "*", SearchOption.AllDirectories)
        .ToDictionary(f => f, f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));
}
