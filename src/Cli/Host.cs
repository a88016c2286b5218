namespace Mllm.Cli;

/// <summary>Everything outside itself that a command may touch.</summary>
internal sealed record Host(Terminal Terminal, ICompiler Compiler, IRuntime Runtime, CancellationToken Cancellation)
{
    /// <summary>Says how long the command may take to stop after the first Ctrl-C; a second one ends it at once.</summary>
    public Action<TimeSpan> AskPatience { get; init; } = _ => { };
}
