using System.Diagnostics;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>What only a process of its own shows: which libraries it loads, and how it ends when interrupted.</summary>
public class ProcessTests
{
    public static TheoryData<string> WithoutTorch =>
    [
        $"check {Files.Smallest}", $"show {Files.Smallest}", $"graph {Files.Smallest} --format svg", "explain linear", "tokenize --tokenizer bytes hi", "--help", "weights --from nowhere",
    ];

    [Theory]
    [MemberData(nameof(WithoutTorch))]
    public async Task ACommandThatNeedsNoTorchDoesNotLoadIt(string line)
    {
        using var process = Start(line, (Application.DebugVariable, "assemblies"));
        process.StandardInput.Close();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Contains("loaded mllmc\n", error);
        Assert.DoesNotContain("loaded TorchSharp", error);
        Assert.NotEqual(70, process.ExitCode);
    }

    /// <summary>In this process other tests have loaded LibTorch.</summary>
    [Fact]
    public async Task AnExportAloneFindsLibTorch()
    {
        var from = RandomWeights.Write(Files.Smallest, Path.Combine(Path.GetDirectoryName(Files.Written(""))!, "model.safetensors"));
        using var process = Start($"export {Files.Smallest} --from {from} --dtype bf16 --out {from}.out");
        process.StandardInput.Close();
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task CtrlCEndsWithItsCodeAndWithoutATrace()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var process = Start("tokenize --tokenizer bytes");
        await process.StandardInput.WriteAsync("hi\n");
        await process.StandardInput.FlushAsync();
        // The program says nothing before it has read all its input, so that it is ready shows in its waiting for more.
        await WaitUntilAsleep(process);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync();
        await process.EndWithin(TimeSpan.FromSeconds(20));
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
        Assert.Equal("", (await process.StandardError.ReadToEndAsync()).Trim());
    }

    private static Process Start(string line, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Application).Assembly.Location, .. line.Split(' ')])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Waits until the process's time no longer grows.</summary>
    private static async Task WaitUntilAsleep(Process process)
    {
        TimeSpan before;
        do
        {
            before = process.TotalProcessorTime;
            await Task.Delay(400);
            process.Refresh();
        }
        while (process.TotalProcessorTime - before > TimeSpan.FromMilliseconds(5) || process.TotalProcessorTime < TimeSpan.FromMilliseconds(20));
    }
}
