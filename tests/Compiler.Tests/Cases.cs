using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests;

/// <summary>Each <c>tests/cases/**/NAME.mllm</c> gives exactly what <c>NAME.expected</c> beside it says: the plain rendering, or <c>ok</c>.</summary>
public class Cases
{
    private const string Folder = "tests/cases";

    /// <summary>What is here is for the parser alone, and has a test of its own that reads trees.</summary>
    private const string SyntaxFolder = "tests/cases/syntax/";

    internal static IEnumerable<string> Paths => Repository.Files(Folder, "*.mllm").Where(f => !f.StartsWith(SyntaxFolder, StringComparison.Ordinal));

    public static TheoryData<string> Sources => [.. Paths];

    [Theory]
    [MemberData(nameof(Sources))]
    public void GivesTheExpectedFindings(string path)
    {
        var findings = TestCompiler.Check(new SourceText(path, Repository.Read(path)));
        var actual = findings.IsEmpty ? "ok\n" : Renderer.Render(findings, RenderOptions.Plain);
        var expected = Expected(path);
        if (Repository.IsUpdating)
            Repository.Write(expected, actual);
        Assert.True(Repository.Exists(expected), $"{expected} is missing; MLLM_UPDATE=1 dotnet test writes it:\n{actual}");
        Assert.Equal(Repository.Read(expected), actual);
    }

    [Fact]
    public void EveryExpectationHasItsSource() =>
        Assert.All(Repository.Files(Folder, "*.expected"), f => Assert.True(new[] { ".mllm", ".jsonl" }.Any(s => Repository.Exists(Path.ChangeExtension(f, s))), $"{f} has no source"));

    /// <summary>Whether the case is a valid file.</summary>
    internal static bool IsValid(string path) => Repository.Exists(Expected(path)) && Repository.Read(Expected(path)).Trim() == "ok";

    private static string Expected(string path) => Path.ChangeExtension(path, ".expected");
}
