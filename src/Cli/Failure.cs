using Mllm.Cli.CommandLine;

namespace Mllm.Cli;

/// <summary>The reason why a command cannot do what it was asked, in words for the one who asked; it ends the command.</summary>
internal sealed class Failure(string message) : Exception(message)
{
    /// <summary>What would mend it.</summary>
    public string? Help { get; init; }

    /// <summary>The command whose help explains more; null where usage is not the problem.</summary>
    public CliCommand? Usage { get; init; }

    public int ExitCode { get; init; } = Cli.ExitCode.Usage;
}

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The command did its work and found something: mistakes in a file, a mismatch.</summary>
    public const int Findings = 1;

    /// <summary>The command line, a file or the environment does not allow the work.</summary>
    public const int Usage = 2;

    /// <summary>A bug (EX_SOFTWARE of sysexits).</summary>
    public const int Internal = 70;

    /// <summary>Interrupted from the keyboard: 128 plus the signal's number, as shells have it.</summary>
    public const int Interrupted = 130;
}
