using System.Runtime.CompilerServices;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>
/// The files under <c>tests/cases/syntax</c>. With the environment variable <c>MLLM_UPDATE=1</c> a test writes what it found beside
/// the case instead of comparing.
/// </summary>
internal static class CaseFiles
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(ThisFolder(), "..", "..", "cases", "syntax"));

    public static IEnumerable<string> Names(string group) =>
        Directory.GetFiles(Path.Combine(Folder, group), "*.mllm").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    public static SourceText Read(string group, string name)
    {
        var path = Path.Combine(Folder, group, name + ".mllm");
        return new SourceText($"tests/cases/syntax/{group}/{name}.mllm", File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    public static void Compare(string group, string name, string found, string extension = ".expected")
    {
        var path = Path.Combine(Folder, group, name + extension);
        if (Environment.GetEnvironmentVariable("MLLM_UPDATE") == "1")
            File.WriteAllText(path, found);
        Assert.Equal(File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "", found);
    }

    private static string ThisFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
