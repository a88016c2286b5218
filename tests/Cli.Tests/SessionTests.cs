using System.Text.RegularExpressions;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>
/// The files under <c>tests/sessions</c> hold command lines and what they print, on both streams; paths are relative to the repository's root, and times are not compared.
/// <c>MLLM_UPDATE=1 dotnet test</c> rewrites them.
/// </summary>
public class SessionTests
{
    private static readonly string Folder = Path.Combine(Files.Root, "tests/sessions");

    public static TheoryData<string> Sessions => [.. Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Sessions))]
    public void ASessionIsWhatTheCommandsPrint(string name)
    {
        var path = Path.Combine(Folder, name);
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var commands = Regex.Matches(text, @"^\$ mllmc (.+)$", RegexOptions.Multiline).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(commands);
        var found = string.Join("\n", commands.Select(c => $"$ mllmc {c}\n{Printed(c)}"));
        if (Environment.GetEnvironmentVariable("MLLM_UPDATE") == "1" && found != text)
            File.WriteAllText(path, found);
        else
            Assert.Equal(text, found);
    }

    private static string Printed(string command)
    {
        string[] words = [.. Words(command).Select(w => w.StartsWith("tests/", StringComparison.Ordinal) || w.StartsWith("architectures/", StringComparison.Ordinal) ? Path.Combine(Files.Root, w) : w)];
        var call = Call.Of(words);
        var printed = $"{call.Out}{call.Error}".Replace(Files.Root + Path.DirectorySeparatorChar, "");
        printed = Regex.Replace(Regex.Replace(printed, @"\d+\.\d{3} s\b", "# s"), @" \(\d+\.\d tokens/s\)", "");
        return printed.TrimEnd('\n') + $"\n{(call.Code == 0 ? "" : $"exit code {call.Code}\n")}";
    }

    /// <summary>The words of a command line; quotes hold several together.</summary>
    private static IEnumerable<string> Words(string line)
    {
        foreach (Match match in Regex.Matches(line, "(?:[^ \"]|\"[^\"]*\")+"))
            yield return match.Value.Replace("\"", "");
    }
}
