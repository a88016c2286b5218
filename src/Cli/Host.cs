namespace Mllm.Cli;

/// <summary>Everything outside itself that a command may touch.</summary>
internal sealed record Host(Terminal Terminal, ICompiler Compiler, IRuntime Runtime, CancellationToken Cancellation);
