using System.Collections.Immutable;

namespace Mllm.Runtime.Training.Watching;

/// <summary>
/// metrics.jsonl: one JSON object a step, each handed to the system in one piece as it is taken. After a resumption the file reads as that of a run that
/// was never interrupted: what an earlier process wrote about steps that are taken again is cut off.
/// </summary>
public sealed class MetricsFile : ITrainingWatcher
{
    private readonly FileStream _stream;

    /// <param name="path">The file; one from an earlier process is continued.</param>
    /// <exception cref="IOException">if it cannot be opened for writing</exception>
    public MetricsFile(string path)
    {
        // Without a buffer of ours each line is one write: a killed process leaves whole lines, a full disk at most the last one torn.
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        _stream.Seek(0, SeekOrigin.End);
    }

    /// <summary>The whole lines of a file in their order; none where there is no file. A torn last line is passed over.</summary>
    /// <exception cref="IOException">if it cannot be read</exception>
    public static ImmutableArray<MetricsLine> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return [.. Lines(bytes).TakeWhile(l => l.Line is not null).Select(l => l.Line!)];
    }

    /// <summary>Cuts off everything from the first line on that speaks of a later step of this stage, or is no whole line.</summary>
    public void StageStarted(string stage, long step, long steps)
    {
        var bytes = new byte[_stream.Length];
        _stream.Seek(0, SeekOrigin.Begin);
        _stream.ReadExactly(bytes);
        foreach (var (start, line) in Lines(bytes))
        {
            if (line is not null && (line.Stage != stage || line.Step <= step))
                continue;
            _stream.SetLength(start);
            break;
        }
        _stream.Seek(0, SeekOrigin.End);
    }

    public void Step(StepReport report)
    {
        _stream.Write(MetricsLine.Of(report).ToBytes());
        _stream.Flush();
    }

    /// <summary>A checkpoint must not outlive the lines that lead to it, so they go to the disk with it.</summary>
    public void Saved(string stage, long step, string path) => _stream.Flush(flushToDisk: true);

    public void StageEnded(string stage) => _stream.Flush(flushToDisk: true);

    public void Dispose() => _stream.Dispose();

    private static IEnumerable<(int Start, MetricsLine? Line)> Lines(byte[] bytes)
    {
        for (var start = 0; start < bytes.Length;)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', start);
            yield return (start, end < 0 ? null : MetricsLine.Parse(bytes.AsMemory(start..end)));
            if (end < 0)
                yield break;
            start = end + 1;
        }
    }
}
