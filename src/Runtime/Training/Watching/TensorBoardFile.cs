using System.Globalization;
using Tensorboard;

namespace Mllm.Runtime.Training.Watching;

/// <summary>
/// Event files for TensorBoard: a folder for each stage, which TensorBoard shows as a run of its own, and in it a file for each process that trained it.
/// Scalars: loss, terms/NAME, lr, grad_norm, tokens_per_s, images_per_s.
/// </summary>
public sealed class TensorBoardFile(string folder) : ITrainingWatcher
{
    private EventStream? _events;

    public void StageStarted(string stage, long step, long steps)
    {
        _events?.Dispose();
        var stageFolder = Path.Combine(folder, stage);
        Directory.CreateDirectory(stageFolder);
        _events = new EventStream(NewFile(stageFolder));
        _events.Write(new Event { WallTime = Now(), FileVersion = "brain.Event:2" });
        // The reader drops what earlier files of the folder say about this step and later ones.
        _events.Write(new Event { WallTime = Now(), Step = step + 1, SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start } });
        _events.Flush();
    }

    public void Step(StepReport report)
    {
        if (_events is null)
            return;
        var summary = new Summary();
        Add("loss", report.Loss);
        foreach (var (name, value) in report.Terms)
            Add("terms/" + name, value);
        Add("lr", report.LearningRate);
        Add("grad_norm", report.GradientNorm);
        Add("tokens_per_s", report.TokensPerSecond);
        Add("images_per_s", report.ImagesPerSecond);
        _events.Write(new Event { WallTime = Now(), Step = report.Step, Summary = summary });
        _events.Flush();

        void Add(string tag, double value) => summary.Value.Add(new Summary.Types.Value { Tag = tag, SimpleValue = (float)value });
    }

    public void Saved(string stage, long step, string path)
    {
    }

    public void StageEnded(string stage)
    {
        _events?.Dispose();
        _events = null;
    }

    public void Dispose() => _events?.Dispose();

    /// <summary>Seconds since 1970.</summary>
    private static double Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>TensorBoard reads the files of a folder in the order of their names. A host's name, usual in them, is nobody's business.</summary>
    private static string NewFile(string folder)
    {
        for (var second = DateTimeOffset.UtcNow.ToUnixTimeSeconds(); ; second++)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{second:0000000000}.mllmc"));
            if (!File.Exists(path))
                return path;
        }
    }
}
