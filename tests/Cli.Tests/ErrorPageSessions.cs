using Mllm.Compiler.Diagnostics;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>
/// The <c>console</c> block of a page under <c>docs/errors</c> is what its command prints, on both streams; paths are relative to the repository's root.
/// <c>MLLM_UPDATE=1 dotnet test</c> rewrites them.
/// </summary>
public class ErrorPageSessions
{
    /// <summary>A bug cannot be provoked; what it looks like has a test of its own.</summary>
    private const string InternalError = "MLLM9000";

    public static TheoryData<string> Codes => [.. ErrorPage.Codes.Where(c => c != InternalError && ErrorPage.Find(c)!.Session is not null)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void TheSessionIsWhatTheCommandPrints(string code)
    {
        var path = Path.Combine(Files.Root, "docs/errors", $"{code}.md");
        var page = ErrorPage.Parse(File.ReadAllText(path))!;
        var command = page.Session!.Split('\n')[0];
        Assert.StartsWith("$ mllmc ", command);
        var call = Call.Of([.. command.Split(' ').Skip(2).Select(w => w.StartsWith("tests/", StringComparison.Ordinal) ? Path.Combine(Files.Root, w) : w)]);
        var session = $"{command}\n{call.Out}{call.Error}".Replace(Files.Root + Path.DirectorySeparatorChar, "");
        Assert.NotEqual(0, call.Code);
        if (Environment.GetEnvironmentVariable("MLLM_UPDATE") == "1" && session != page.Session)
            File.WriteAllText(path, page.WithSession(session).Markdown);
        else
            Assert.Equal(page.Session, session);
    }
}
