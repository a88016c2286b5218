using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Runtime.Training.Watching;
using Xunit;

namespace Mllm.Runtime.Tests.Training.Watching;

public class RunManifestTests
{
    private static readonly RunManifest Sample = new(
        HashedFile.OfText("a.mllm", "abc"), [HashedFile.OfText("std/vit.mllm", "")], "tiny", ImmutableSortedDictionary<string, string>.Empty.Add("clip", "1.0"),
        [
            new StageManifest("one", 10, 16, 2, [new DataManifest("data/træn.jsonl", 1900, 12345, null)]),
            new StageManifest("two", 10, 8, 1, []),
        ],
        ulong.MaxValue, "cpu", "bf16", 2, new RunVersions("0.1.0", ".NET 10.0.0", "0.107.0", "2.10.0", "Debian GNU/Linux 12", null),
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private readonly string _path = Path.Combine(Reports.Folder(), "run.json");

    [Fact]
    public void What_is_written_is_read_back()
    {
        Sample.After("one", 4, 2.5).Write(_path);
        var text = File.ReadAllText(_path);
        Assert.Equal(text, RunManifest.Read(_path)!.ToJson());
        using var json = JsonDocument.Parse(text);
        var stage = json.RootElement.GetProperty("stages")[0];
        Assert.Equal((4, 2.5, 4 * 16 * 2), (stage.GetProperty("taken").GetInt32(), stage.GetProperty("final_loss").GetDouble(), stage.GetProperty("samples").GetInt32()));
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", json.RootElement.GetProperty("file").GetProperty("sha256").GetString()); // FIPS 180-2, B.1
        Assert.Equal(ulong.MaxValue, json.RootElement.GetProperty("seed").GetUInt64());
        Assert.Contains("data/træn.jsonl", text);
        Assert.Null(RunManifest.Read(_path + ".none"));
    }

    [Fact]
    public void The_file_follows_the_run_through_checkpoints_to_its_end()
    {
        using var file = new RunManifestFile(_path, Sample);
        file.StageStarted("one", 0, 10);
        Assert.Equal((0L, null), Stage(0));
        for (var step = 1; step <= 6; step++)
            file.Step(Reports.Step("one", step));
        Assert.Equal((0L, null), Stage(0));
        file.Saved("one", 6, "there");
        Assert.Equal((6L, 4.0 / 6), Stage(0));
        file.Train("one", 6, 10);
        Assert.Null(RunManifest.Read(_path)!.Ended);
        file.Train("two", 0, 10);
        Assert.Equal((10L, 0.4), Stage(0));
        Assert.Equal((10L, 0.4), Stage(1));
        Assert.InRange(RunManifest.Read(_path)!.Ended!.Value, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow);
    }

    [Fact]
    public void A_resumed_run_keeps_its_start_and_the_stages_before()
    {
        var earlier = Sample.After("one", 10, 1.5).After("two", 6, 0.7);
        var later = Sample with { Started = Sample.Started.AddDays(1) };
        using (var file = new RunManifestFile(_path, later.Continuing(earlier)))
            file.StageStarted("two", 4, 10);
        Assert.Equal(Sample.Started, RunManifest.Read(_path)!.Started);
        Assert.Equal((10L, 1.5), Stage(0));
        // The loss of step 6 is not that of step 4, from which the run goes on.
        Assert.Equal((4L, null), Stage(1));
    }

    [Fact]
    public void A_loss_that_is_no_number_can_be_written()
    {
        Sample.After("one", 1, double.NaN).Write(_path);
        Assert.Equal((1L, null), Stage(0));
    }

    [Theory]
    [InlineData("/home/someone/run/data/a.jsonl", "/home/someone/run", "data/a.jsonl")]
    [InlineData("/home/someone/else/b.jsonl", "/home/someone/run", "b.jsonl")]
    [InlineData("/home/someone/else/pictures/", "/home/someone/run", "pictures")]
    [InlineData("/home/someone/run/..hidden", "/home/someone/run", "..hidden")]
    public void Paths_tell_nothing_of_the_machine(string path, string root, string expected) => Assert.Equal(expected, HashedFile.RelativePath(path, root));

    [Fact]
    public void Data_are_measured()
    {
        var root = Reports.Folder();
        Directory.CreateDirectory(Path.Combine(root, "data/pictures"));
        File.WriteAllText(Path.Combine(root, "data/a.jsonl"), "abc");
        File.WriteAllText(Path.Combine(root, "data/pictures/b.txt"), "de");
        var file = DataManifestFiles.Of(Path.Combine(root, "data/a.jsonl"), root, 7);
        Assert.Equal(("data/a.jsonl", 7L, 3L, Sample.File.Sha256), (file.Path, file.Samples, file.Bytes, file.Sha256));
        var folder = DataManifestFiles.Of(Path.Combine(root, "data"), root, 2);
        Assert.Equal(("data", 5L), (folder.Path, folder.Bytes));
        File.WriteAllText(Path.Combine(root, "data/pictures/b.txt"), "def");
        Assert.NotEqual(folder.Sha256, DataManifestFiles.Of(Path.Combine(root, "data"), root, 2).Sha256);
    }

    [Fact]
    public void The_versions_name_what_computes_and_no_host()
    {
        var versions = RunVersions.OfProcess();
        Assert.StartsWith("2.", versions.LibTorch);
        Assert.StartsWith("0.", versions.TorchSharp);
        Assert.DoesNotContain(Environment.MachineName, versions.ToString());
    }

    private (long Taken, double? Loss) Stage(int index) => RunManifest.Read(_path)!.Stages[index] is var stage ? (stage.Taken, stage.FinalLoss) : default;
}
