using Mllm.Compiler.Diagnostics;
using Mllm.Runtime.Training.Watching;
using Xunit;

namespace Mllm.Cli.Tests;

public class TrainingBarTests
{
    private static readonly TrainingBarText Half = new("align", 500, 1000, 2.34567, 12345.6, 8.25, 0.1);

    [Theory]
    [InlineData(120, "align  500/1000 ▕██████████████              ▏ loss 2.346, 12.3k tokens/s, 8.3 images/s, 1:23:20 left")]
    [InlineData(80, "align  500/1000 ▕███▌   ▏ loss 2.346, 12.3k tokens/s, 8.3 images/s, 1:23:20 left")]
    [InlineData(75, "align  500/1000  loss 2.346, 12.3k tokens/s, 8.3 images/s, 1:23:20 left")]
    [InlineData(65, "align  500/1000 ▕███   ▏ loss 2.346, 12.3k tokens/s, 1:23:20 left")]
    [InlineData(47, "align  500/1000 ▕██  ▏ loss 2.346, 1:23:20 left")]
    [InlineData(30, "align  500/1000  loss 2.346")]
    [InlineData(20, "align  500/1000")]
    [InlineData(8, "align  5")]
    public void The_line_fits_any_width(int columns, string expected)
    {
        var line = Half.Fit(columns);
        Assert.True(line.Length <= columns, line);
        Assert.Equal(expected, line);
    }

    [Theory]
    [InlineData(0, "s    0/1000 ▕                            ▏")]
    [InlineData(10, "s   10/1000 ▕▎                           ▏ loss 1.000, 5.0 tokens/s, 17 s left")]
    [InlineData(1000, "s 1000/1000 ▕████████████████████████████▏ loss 1.000, 5.0 tokens/s")]
    public void The_bar_goes_from_empty_to_full(long step, string expected)
    {
        var text = step == 0 ? new TrainingBarText("s", 0, 1000, double.NaN, 0, 0, 0) : new TrainingBarText("s", step, 1000, 1, 5, 0, 60);
        Assert.Equal(expected, text.Fit(100));
    }

    [Fact]
    public void A_terminal_has_one_line_that_is_ended()
    {
        var written = Train(isWatched: true, RenderOptions.Plain with { Width = 60 });
        var lines = written.Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Equal("", lines[1]);
        var states = lines[0].Split("\r\e[K");
        Assert.All(states, s => Assert.True(s.Length < 60, s));
        Assert.StartsWith("a 0/3", states[1]);
        Assert.StartsWith("a 3/3", states[^1]);
        Assert.DoesNotContain("\e[1", written);
    }

    [Fact]
    public void Colour_is_written_only_where_it_is_wanted() =>
        Assert.Contains("\e[1;34m", Train(isWatched: true, new RenderOptions(Colour: true, Width: 60)));

    [Fact]
    public void A_log_has_whole_lines_at_intervals() => Assert.Equal(
        """
        a 0/3
        a 2/3, loss 1.000, 200 tokens/s, 4.0 images/s, 20 s left
        a 3/3, loss 1.000, 200 tokens/s, 4.0 images/s

        """.ReplaceLineEndings("\n"),
        Train(isWatched: false, RenderOptions.Plain));

    [Fact]
    public void An_interrupted_stage_leaves_its_last_state_as_a_line()
    {
        using var error = new StringWriter { NewLine = "\n" };
        using var terminal = new Terminal(TextReader.Null, TextWriter.Null, error) { IsWatched = true };
        using (var bar = new TrainingBar(terminal, new Clock()))
        {
            bar.StageStarted("a", 0, 3);
            bar.Step(Report(1));
        }
        Assert.EndsWith("\n", error.ToString());
        Assert.StartsWith("a 1/3", error.ToString().Split("\r\e[K")[^1]);
    }

    /// <summary>Three steps of 20 seconds each.</summary>
    private static string Train(bool isWatched, RenderOptions style)
    {
        using var error = new StringWriter { NewLine = "\n" };
        using var terminal = new Terminal(TextReader.Null, TextWriter.Null, error) { IsWatched = isWatched, ErrorStyle = style };
        var clock = new Clock();
        using (var bar = new TrainingBar(terminal, clock))
        {
            bar.StageStarted("a", 0, 3);
            for (var step = 1; step <= 3; step++)
            {
                clock.Seconds += 20;
                bar.Step(Report(step));
            }
            bar.StageEnded("a");
        }
        return error.ToString();
    }

    private static StepReport Report(long step) => new("a", step, 3, 1, [], 1e-3, 1, 4000, 80, 20);

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; } = 1000;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
