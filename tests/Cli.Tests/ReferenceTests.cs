using System.Text.RegularExpressions;
using Mllm.Cli.CommandLine;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary><c>docs/cli.md</c> holds the help of every command as it is; <c>MLLM_UPDATE=1 dotnet test</c> rewrites it.</summary>
public class ReferenceTests
{
    [Fact]
    public void TheReferenceHoldsTheHelpOfEveryCommand()
    {
        var path = Path.Combine(Files.Root, "docs/cli.md");
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var introduction = Regex.Match(text, @"\A(.*?)(?=^## |\z)", RegexOptions.Singleline | RegexOptions.Multiline).Value;
        var expected = introduction.TrimEnd() + "\n"
            + string.Concat(CommandTable.All.Select(c => $"\n## mllmc {c.Name}\n\n```text\n{Call.Of(c.Name, "--help").Out}```\n"));
        if (Environment.GetEnvironmentVariable("MLLM_UPDATE") == "1" && text != expected)
            File.WriteAllText(path, expected);
        else
            Assert.Equal(expected, text);
    }
}
