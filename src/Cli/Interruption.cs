using System.Runtime.InteropServices;

namespace Mllm.Cli;

/// <summary>
/// Ctrl-C: the first asks the command to stop, and if it has not stopped in a moment (or in the time that it asked for), or at the second, the process ends.
/// Either way with code 130 and without a trace.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private TimeSpan _grace = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _source = new();
    private readonly Terminal _terminal;
    private readonly PosixSignalRegistration _registration;
    private Timer? _end;

    public Interruption(Terminal terminal)
    {
        _terminal = terminal;
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Sets how long the command may take to stop; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it needs.</summary>
    public void Allow(TimeSpan grace) => _grace = grace;

    public void Dispose()
    {
        _registration.Dispose();
        _end?.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
            EndNow();
        _end = new Timer(_ => EndNow(), null, _grace, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }

    /// <summary>Ends at once: a native computation cannot be asked to stop, and the destructors of libraries in use would only crash.</summary>
    private void EndNow()
    {
        _terminal.Error.Write(_terminal.ErrorStyle.Colour ? "\e[0m\n" : "\n");
        if (OperatingSystem.IsWindows())
            Environment.Exit(ExitCode.Interrupted);
        EndProcess(ExitCode.Interrupted);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void EndProcess(int code);
}
