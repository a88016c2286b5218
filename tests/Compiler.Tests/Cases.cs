using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;
using Xunit;
using Xunit.Abstractions;

namespace Mllm.Compiler.Tests;

/// <summary>Each <c>tests/cases/**/NAME.mllm</c> gives exactly what <c>NAME.expected</c> beside it says: the plain rendering, or <c>ok</c>.</summary>
public class Cases(ITestOutputHelper output)
{
    private const string Folder = "tests/cases";

    public static TheoryData<string> Sources => [.. Repository.Files(Folder, "*.mllm")];

    [Theory]
    [MemberData(nameof(Sources))]
    public void GivesTheExpectedFindings(string path)
    {
        if (TestCompiler.Check is null)
        {
            output.WriteLine("skipped: the compiler is not connected to the tests");
            return;
        }
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
        Assert.All(Repository.Files(Folder, "*.expected"), f => Assert.True(Repository.Exists(Path.ChangeExtension(f, ".mllm")), $"{f} has no source"));

    /// <summary>Whether the case is a valid file.</summary>
    internal static bool IsValid(string path) => Repository.Exists(Expected(path)) && Repository.Read(Expected(path)).Trim() == "ok";

    private static string Expected(string path) => Path.ChangeExtension(path, ".expected");
}
