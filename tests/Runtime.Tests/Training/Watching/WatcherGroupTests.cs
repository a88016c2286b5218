using Mllm.Runtime.Training.Watching;
using Xunit;

namespace Mllm.Runtime.Tests.Training.Watching;

public class WatcherGroupTests
{
    [Fact]
    public void One_that_fails_is_reported_once_and_the_others_hear_everything()
    {
        List<string> heard = [];
        List<string> warnings = [];
        var broken = new Recorder([], "disk full");
        using (var group = new WatcherGroup([broken, new Recorder(heard)], warnings.Add))
        {
            group.StageStarted("a", 0, 2);
            group.Step(Reports.Step("a", 1));
            group.Step(Reports.Step("a", 2));
            group.Saved("a", 2, "there");
            group.StageEnded("a");
        }
        Assert.Equal(["started a 0/2", "step 1", "step 2", "saved 2", "ended a", "closed"], heard);
        Assert.Equal(["Recorder stopped, training goes on: disk full"], warnings);
        Assert.Equal((1, true), (broken.Failures, broken.IsClosed));
    }

    [Fact]
    public void A_full_disk_does_not_stop_training()
    {
        // A device that takes no byte; elsewhere than on Linux there is none.
        if (!File.Exists("/dev/full"))
            return;
        List<string> warnings = [];
        using (var group = new WatcherGroup([new MetricsFile("/dev/full")], warnings.Add))
            group.Train("a", 0, 3);
        Assert.Contains("MetricsFile stopped", Assert.Single(warnings));
    }

    private sealed class Recorder(List<string> heard, string? problem = null) : ITrainingWatcher
    {
        public int Failures { get; private set; }

        public bool IsClosed { get; private set; }

        public void StageStarted(string stage, long step, long steps) => Hear($"started {stage} {step}/{steps}");

        public void Step(StepReport report)
        {
            if (problem is not null)
            {
                Failures++;
                throw new IOException(problem);
            }
            Hear($"step {report.Step}");
        }

        public void Saved(string stage, long step, string path) => Hear($"saved {step}");

        public void StageEnded(string stage) => Hear($"ended {stage}");

        public void Dispose()
        {
            IsClosed = true;
            Hear("closed");
        }

        private void Hear(string what) => heard.Add(what);
    }
}
