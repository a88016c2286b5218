using System.Text;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli;

/// <summary>Where a command reads and writes, and how wide and colourful each side is.</summary>
internal sealed class Terminal(TextReader input, TextWriter output, TextWriter error) : IDisposable
{
    /// <summary>Standard input.</summary>
    public TextReader In => input;

    /// <summary>What the command is asked for; it is flushed at the end and wherever a reader waits for it.</summary>
    public TextWriter Out => output;

    /// <summary>What is said about the work: mistakes of usage, progress.</summary>
    public TextWriter Error => error;

    /// <summary>How text for <see cref="Out"/> is laid out.</summary>
    public RenderOptions OutStyle { get; init; } = RenderOptions.Plain;

    /// <summary>How text for <see cref="Error"/> is laid out.</summary>
    public RenderOptions ErrorStyle { get; init; } = RenderOptions.Plain;

    /// <summary>Whether a person watches <see cref="Error"/>.</summary>
    public bool IsWatched { get; init; }

    /// <summary>The streams of this process, coloured and as wide as the terminal where they are one. NO_COLOR (no-color.org) turns colour off.</summary>
    public static Terminal OfProcess()
    {
        var mayColour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";
        // The Console class takes many milliseconds to find out about the terminal: plain streams do until something must be asked.
        return new Terminal(
            new StreamReader(Console.OpenStandardInput(), Encoding.UTF8),
            new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)),
            new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false)) { AutoFlush = true })
        {
            OutStyle = Style(Console.IsOutputRedirected),
            ErrorStyle = Style(Console.IsErrorRedirected),
            IsWatched = !Console.IsErrorRedirected,
        };

        RenderOptions Style(bool isRedirected) => isRedirected ? RenderOptions.Plain : new RenderOptions(mayColour, Math.Max(40, Columns()));
    }

    /// <summary>Brings out what was written so far, so that an error stands behind it; where that fails, the error is all there is to say.</summary>
    public void FlushBeforeError()
    {
        try
        {
            output.Flush();
        }
        catch (IOException)
        {
        }
    }

    public void Dispose()
    {
        try
        {
            output.Dispose();
        }
        catch (IOException)
        {
            // Said already, when the command's own flush failed.
        }
        error.Dispose();
    }

    private static int Columns()
    {
        try
        {
            return Console.WindowWidth is > 0 and var columns ? columns : RenderOptions.Plain.Width;
        }
        catch (IOException)
        {
            return RenderOptions.Plain.Width;
        }
    }
}
