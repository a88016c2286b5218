using System.Reflection;
using Mllm.Cli.CommandLine;
using Mllm.Cli.Commands;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli;

/// <summary>Finds the command that a command line means, runs it, and turns everything that can go wrong into a message and an exit code.</summary>
internal static class Application
{
    /// <summary>With <c>1</c>, bugs show their trace; with <c>assemblies</c>, the loaded assemblies are listed at the end.</summary>
    public const string DebugVariable = "MLLMC_DEBUG";

    public static string Version { get; } =
        typeof(Application).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    public static int Run(IReadOnlyList<string> words, Terminal terminal, Func<Terminal, CancellationToken, Host>? open = null)
    {
        using var interruption = new Interruption(terminal);
        try
        {
            var code = Dispatch(words, terminal, () => (open ?? Session.Open)(terminal, interruption.Token) with { AskPatience = interruption.Allow });
            terminal.Out.Flush();
            return code;
        }
        catch (Failure failure)
        {
            return Report(failure, terminal);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (IOException exception)
        {
            // A full disk, a vanished file: the environment's fault, wherever it shows.
            return Report(new Failure(exception.Message.TrimEnd('.')), terminal);
        }
        catch (Exception exception)
        {
            return InternalError.Report(exception, terminal);
        }
        finally
        {
            if (Environment.GetEnvironmentVariable(DebugVariable) == "assemblies")
                foreach (var name in AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name).Order(StringComparer.Ordinal))
                    terminal.Error.WriteLine($"loaded {name}");
        }
    }

    private static int Dispatch(IReadOnlyList<string> words, Terminal terminal, Func<Host> host)
    {
        if (words.Count == 0 || words[0] is "--help" or "-h" or "help" && words.Count == 1)
        {
            terminal.Out.Write(Help.Overview(terminal.OutStyle));
            return words.Count == 0 ? ExitCode.Usage : ExitCode.Ok;
        }
        if (words[0] == "--version")
        {
            terminal.Out.WriteLine($"mllmc {Version}");
            return ExitCode.Ok;
        }
        if (words[0] == "help")
            words = [words[1], "--help"];

        var (command, rest) = Choose(words);
        if (rest.TakeWhile(w => w != "--").Any(w => w is "--help" or "-h"))
        {
            terminal.Out.Write(Help.Of(command, terminal.OutStyle));
            return ExitCode.Ok;
        }
        return command.Run(Arguments.Parse(command, rest), host());
    }

    /// <summary>The command named first; without one, <c>mllmc FILE</c> shows what a file describes and <c>mllmc FILE --run</c> runs it.</summary>
    private static (CliCommand Command, IReadOnlyList<string> Words) Choose(IReadOnlyList<string> words)
    {
        if (CommandTable.Find(words[0]) is { } named)
            return (named, [.. words.Skip(1)]);
        var options = words.TakeWhile(w => w != "--").ToList();
        if (options.Contains("--run"))
            return (new RunCommand(), [.. words.Where((w, i) => w != "--run" || i >= options.Count)]);
        if (LooksLikeAFile(words[0]))
            return (new ShowCommand(), words);
        throw words[0].StartsWith('-')
            ? new Failure($"`mllmc` has no option `{words[0]}`")
            {
                Help = Arguments.DidYouMean(words[0], ["--help", "--version", "--run"]) ?? "`mllmc --help` shows its use",
            }
            : new Failure($"`{words[0]}` is neither a command nor a .mllm file")
            {
                Help = Arguments.DidYouMean(words[0], CommandTable.All.Select(c => c.Name)) ?? "`mllmc --help` lists the commands",
            };
    }

    private static bool LooksLikeAFile(string word) =>
        word.EndsWith(".mllm", StringComparison.OrdinalIgnoreCase) || File.Exists(word) || (!word.StartsWith('-') && word.Contains('/'));

    private static int Report(Failure failure, Terminal terminal)
    {
        var palette = new Palette(terminal.ErrorStyle.Colour);
        terminal.FlushBeforeError();
        terminal.Error.Write($"{palette.Paint(Style.Error, "error")}{palette.Paint(Style.Strong, $": {failure.Message}")}\n");
        var usage = failure.Usage is { } command ? $"usage is {Help.Usage(command)}; `mllmc {command.Name} --help` says more" : null;
        foreach (var help in new[] { failure.Help, usage })
            if (help is not null)
                terminal.Error.Write($"  {palette.Paint(Style.Frame, "=")} {palette.Paint(Style.Help, "help")}: {help}\n");
        return failure.ExitCode;
    }
}
