using System.Diagnostics;

namespace Mllm.Cli.Tests;

internal static class ProcessEnd
{
    /// <summary>Waits for a process, and ends one that takes longer, so that a failed test leaves none behind.</summary>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public static async Task EndWithin(this Process process, TimeSpan patience)
    {
        using var timer = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"the process had not ended after {patience.TotalSeconds} s");
        }
    }
}
