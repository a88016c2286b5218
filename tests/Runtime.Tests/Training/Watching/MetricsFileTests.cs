using Mllm.Runtime.Training.Watching;
using Xunit;

namespace Mllm.Runtime.Tests.Training.Watching;

public class MetricsFileTests
{
    private readonly string _path = Path.Combine(Reports.Folder(), "metrics.jsonl");

    [Fact]
    public void A_step_is_one_line_that_is_there_before_the_file_is_closed()
    {
        using var file = new MetricsFile(_path);
        file.StageStarted("align", 0, 10);
        file.Step(Reports.Step("align", 2));
        using var reader = new StreamReader(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Equal(
            """{"stage":"align","step":2,"loss":2,"terms":{"itc":0.25,"lm":2},"lr":0.002,"grad_norm":0.5,"tokens":1002,"images":8,"seconds":0.5,"tokens_per_s":2004}""" + "\n",
            reader.ReadToEnd());
    }

    [Fact]
    public void A_loss_that_is_no_number_is_null_and_read_back_as_one()
    {
        using (var file = new MetricsFile(_path))
            file.Step(Reports.Step("a", 1, double.NaN));
        Assert.Contains("\"loss\":null,", File.ReadAllText(_path));
        Assert.True(double.IsNaN(Assert.Single(MetricsFile.Read(_path)).Loss));
    }

    [Theory]
    // What was written before the kill, as (stage, from, to); where the run goes on.
    [InlineData("one", 7, 4, "")]                                    // killed three steps after its checkpoint
    [InlineData("one", 4, 4, "")]                                    // killed right after it
    [InlineData("one", 7, 4, "{\"stage\":\"one\",\"step\":8,\"lo")]  // a torn last line
    [InlineData("one", 4, 4, "{\"stage\":\"one\",\"step\":5}\n")]    // a whole line that is not one of ours
    [InlineData("two", 3, 0, "")]                                    // in the second stage, before its first checkpoint
    [InlineData("two", 6, 5, "\0\0\0\0")]                            // what a file system leaves after a power cut
    public void After_a_resumption_the_file_is_that_of_an_uninterrupted_run(string killedIn, long killedAt, long resumedAt, string torn)
    {
        string[] stages = ["one", "two"];
        var whole = Path.Combine(Reports.Folder(), "whole.jsonl");
        using (var file = new MetricsFile(whole))
            foreach (var stage in stages)
                file.Train(stage, 0, 10);
        using (var file = new MetricsFile(_path))
        {
            foreach (var stage in stages.TakeWhile(s => s != killedIn))
                file.Train(stage, 0, 10);
            file.Train(killedIn, 0, killedAt);
        }
        File.AppendAllText(_path, torn);
        using (var file = new MetricsFile(_path))
        {
            foreach (var stage in stages.SkipWhile(s => s != killedIn))
                file.Train(stage, stage == killedIn ? resumedAt : 0, 10);
        }
        Assert.Equal(File.ReadAllText(whole), File.ReadAllText(_path));
    }

    [Fact]
    public void Reading_passes_over_a_torn_last_line()
    {
        using (var file = new MetricsFile(_path))
            file.Train("a", 0, 3);
        File.AppendAllText(_path, "{\"stage\":\"a\",\"st");
        var lines = MetricsFile.Read(_path);
        Assert.Equal([1L, 2, 3], lines.Select(l => l.Step));
        Assert.Equal(MetricsLine.Of(Reports.Step("a", 3)) with { Terms = [] }, lines[2] with { Terms = [] });
        Assert.Equal(Reports.Step("a", 3).Terms.ToArray(), lines[2].Terms.ToArray());
    }

    [Fact]
    public void There_are_no_lines_where_there_is_no_file() => Assert.Empty(MetricsFile.Read(_path));
}
