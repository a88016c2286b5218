using System.Reflection;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli;

/// <summary>What a bug in <c>mllmc</c> looks like to its user: a code, a sentence, and how to report it; never a raw trace.</summary>
internal static class InternalError
{
    private const string Code = "MLLM9000";

    public static int Report(Exception exception, Terminal terminal)
    {
        var cause = exception;
        while (cause is AggregateException or TargetInvocationException or TypeInitializationException && cause.InnerException is { } inner)
            cause = inner;
        var isTraced = Environment.GetEnvironmentVariable(Application.DebugVariable) == "1";
        var finding = new Diagnostic(Code, Severity.Error, $"internal error: {cause.Message.TrimEnd('.')}", new Label(default, ""))
        {
            Help = "this is a mistake in mllmc; report it with the command line and the file"
                + (isTraced ? "" : $", and the trace that {Application.DebugVariable}=1 shows"),
        };
        terminal.FlushBeforeError();
        terminal.Error.Write(Renderer.Render([finding], terminal.ErrorStyle));
        if (isTraced)
            terminal.Error.WriteLine(exception);
        return ExitCode.Internal;
    }
}
