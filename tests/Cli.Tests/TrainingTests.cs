using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary><c>mllmc train</c> as a process, ended in every way there is.</summary>
public sealed class TrainingTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string _folder = Directory.CreateTempSubdirectory("mllmc-train-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ARunThatIsKilledAgainAndAgainHasTheLossesOfOneThatIsNot()
    {
        using (var process = Start("whole", 14))
            Assert.Equal(ExitCode.Ok, await Ended(process));
        var kills = 0;
        while (true)
        {
            using var process = Start("parts", 14, "--resume");
            var before = Checkpoints("parts");
            // The moment of the end differs from process to process: while decoding, in a step, or writing a checkpoint.
            if (kills < 3 && await Until(() => process.HasExited || Checkpoints("parts").Except(before).Any(), process))
            {
                await Task.Delay(40 * kills);
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync();
                kills++;
                continue;
            }
            Assert.Equal(ExitCode.Ok, await Ended(process));
            break;
        }
        Assert.InRange(kills, 1, 3);
        Assert.Equal(14, Losses("whole").Length);
        Assert.Equal(Losses("whole"), Losses("parts"));
        Assert.Equal(File.ReadAllBytes(At("whole", "model.safetensors")), File.ReadAllBytes(At("parts", "model.safetensors")));
        using var manifest = JsonDocument.Parse(File.ReadAllText(At("parts", "run.json")));
        Assert.Equal(14, manifest.RootElement.GetProperty("stages")[0].GetProperty("taken").GetInt32());
        Assert.DoesNotContain(_folder, manifest.RootElement.GetRawText());
    }

    [Fact]
    public async Task CtrlCSavesAndExits()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var process = Start("run", 100_000, "--save-every", "100000");
        Assert.True(await Until(() => process.HasExited || Losses("run").Length >= 2, process));
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync();
        Assert.Equal(ExitCode.Interrupted, await Ended(process));
        var steps = Losses("run").Length;
        Assert.Equal($"1-align-{steps:D7}", Assert.Single(Checkpoints("run")));
    }

    [Fact]
    public void ARunGoesOnOnlyAsItBegan()
    {
        Assert.Equal(ExitCode.Ok, Call.Of(Words("run", 1)).Code);
        var again = Call.Of(Words("run", 1));
        Assert.Equal(ExitCode.Findings, again.Code);
        Assert.Contains("holds a run that stands at step 1 of 'align': --resume goes on with it", again.Error);
        var other = Call.Of(Words("run", 1, "--resume", "--accumulate", "2", "--seed", "5"));
        Assert.Equal(ExitCode.Findings, other.Code);
        Assert.Contains("holds a run that differs in the seed, the settings of 'align': its checkpoints cannot be gone on from", other.Error);
        using var manifest = JsonDocument.Parse(File.ReadAllText(At("run", "run.json")));
        var root = manifest.RootElement;
        Assert.Equal("llava.mllm", Path.GetFileName(root.GetProperty("file").GetProperty("path").GetString()));
        Assert.Equal(64, root.GetProperty("file").GetProperty("sha256").GetString()!.Length);
        Assert.Contains(root.GetProperty("imports").EnumerateArray(), i => i.GetProperty("path").GetString()!.EndsWith("clip.mllm", StringComparison.Ordinal));
        Assert.Equal(32, root.GetProperty("stages")[0].GetProperty("data")[0].GetProperty("samples").GetInt32());
        Assert.NotEqual(JsonValueKind.Null, root.GetProperty("ended").ValueKind);
    }

    /// <summary>A bound on the size of files stands for a full disk: a write fails in the middle of a file, with the checkpoints before it whole.</summary>
    [Fact]
    public async Task AWriteThatFailsEndsTheRunAndLeavesTheLastCheckpoint()
    {
        if (!OperatingSystem.IsLinux())
            return;
        string[] words = ["dotnet", typeof(Application).Assembly.Location, .. Words("run", 5, "--save-every", "2")];
        var command = string.Join(' ', words.Select(w => $"'{w}'"));
        // Of the two files the checkpoint has some 400 KB, the weights of the stage 9 MB. The runtime's own code lies in files too unless it may be written in place.
        var start = new ProcessStartInfo("bash", ["-c", $"trap '' XFSZ; ulimit -f 2000; exec {command}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using (var process = Process.Start(start)!)
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.EndWithin(Patience);
            Assert.Equal(ExitCode.Findings, process.ExitCode);
            Assert.Contains("error: the weights of the stage cannot be written: ", await error);
            Assert.Contains("The last checkpoint is that of step 4 of 'align', --resume goes on from it", await error);
            await output;
        }
        Assert.Equal(["1-align-0000002", "1-align-0000004"], Checkpoints("run"));
        Assert.Empty(Directory.GetFiles(At("run", "stages"), "*", SearchOption.AllDirectories));
        using (var process = Start("run", 5, "--resume"))
            Assert.Equal(ExitCode.Ok, await Ended(process));
        Assert.Equal(5, Losses("run").Length);
    }

    private static string[] Words(string folder, string run, int steps) =>
        ["train", Files.Architecture("llava"), "--stage", "align", "--data", Path.Combine(Files.Root, "data/pictures/pictures.jsonl"), "--out", Path.Combine(folder, run), "--steps", $"{steps}", "--batch", "4", "--threads", "1"];

    private string[] Words(string run, int steps, params string[] more) => [.. Words(_folder, run, steps), .. more];

    private Process Start(string run, int steps, params string[] more)
    {
        string[] every = more.Contains("--save-every") ? [] : ["--save-every", "3"];
        return Process.Start(new ProcessStartInfo("dotnet", [typeof(Application).Assembly.Location, .. Words(run, steps, [.. every, .. more])]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>The exit code; what was printed is read meanwhile, so that no pipe fills.</summary>
    private static async Task<int> Ended(Process process)
    {
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.EndWithin(Patience);
        if (process.ExitCode is not (ExitCode.Ok or ExitCode.Interrupted))
            Assert.Fail(await output + await error);
        return process.ExitCode;
    }

    /// <summary>Waits for something; false where the process has ended before.</summary>
    private static async Task<bool> Until(Func<bool> condition, Process process)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Patience, "nothing happened");
            await Task.Delay(10);
        }
        return !process.HasExited;
    }

    private string At(string run, string name) => Path.Combine(_folder, run, name);

    private string[] Checkpoints(string run) => Directory.Exists(At(run, "checkpoints"))
        ? [.. Directory.GetDirectories(At(run, "checkpoints")).Select(d => Path.GetFileName(d)).Where(n => !n.StartsWith('.')).Order(StringComparer.Ordinal)] : [];

    private double[] Losses(string run) => [.. Mllm.Runtime.Training.Watching.MetricsFile.Read(At(run, "metrics.jsonl")).Select(l => l.Loss)];
}
