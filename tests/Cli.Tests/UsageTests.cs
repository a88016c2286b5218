using Mllm.Cli.CommandLine;
using Xunit;

namespace Mllm.Cli.Tests;

/// <summary>Every wrong use gives exit code 2, one sentence about what was found and expected, and where to read on.</summary>
public class UsageTests
{
    public static TheoryData<string> Commands => [.. CommandTable.All.Select(c => c.Name)];

    [Theory]
    [InlineData("chekc a.mllm", "`chekc` is neither a command nor a .mllm file", "did you mean `check`?")]
    [InlineData("frobnicate", "`frobnicate` is neither a command nor a .mllm file", "`mllmc --help` lists the commands")]
    [InlineData("--versoin", "`mllmc` has no option `--versoin`", "did you mean `--version`?")]
    [InlineData("check", "FILE is missing", "usage is mllmc check FILE... [options]; `mllmc check --help` says more")]
    [InlineData("check --jsn a.mllm", "`mllmc check` has no option `--jsn`", "did you mean `--json`?")]
    [InlineData("check a.mllm --zzz", "`mllmc check` has no option `--zzz`", "usage is mllmc check")]
    [InlineData("check --json=1 a.mllm", "`--json` takes no value", "usage is")]
    [InlineData("check --json --json a.mllm", "`--json` was given twice", "usage is")]
    [InlineData("plan a.mllm b.mllm", "`b.mllm` is one word too many", "usage is")]
    [InlineData("plan a.mllm --text x", "`--text` takes a whole number of at least 0, not `x`", "usage is")]
    [InlineData("plan a.mllm --text -1", "`--text` takes a whole number of at least 0, not `-1`", "usage is")]
    [InlineData("plan a.mllm --text 99999999999999999999", "`--text` takes a whole number of at least 0, not `99999999999999999999`", "usage is")]
    [InlineData("plan a.mllm --set dim", "`--set` takes NAME=VALUE, not `dim`", "usage is")]
    [InlineData("plan a.mllm --set =4", "`--set` takes NAME=VALUE, not `=4`", "usage is")]
    [InlineData("run a.mllm --seed", "`--seed` needs a value, N", "usage is")]
    [InlineData("run a.mllm --prompt --json", "`--prompt` needs a value, TEXT", "a value that begins with dashes is given as `--prompt=--json`")]
    [InlineData("run a.mllm --top-p 1.5", "`--top-p` takes a number between 0 and 1, not `1.5`", "usage is")]
    [InlineData("run a.mllm --beams 0", "`--beams` takes a whole number of at least 1, not `0`", "usage is")]
    [InlineData("run a.mllm --beams 3 --temperature 0.5", "`--beams` looks for the likeliest text, `--temperature` draws one: they exclude each other", "usage is")]
    [InlineData("run a.mllm --temperature nan", "`--temperature` takes a number of at least 0, not `nan`", "usage is")]
    [InlineData("run a.mllm --max-tokens 0", "`--max-tokens` takes a whole number of at least 1, not `0`", "usage is")]
    [InlineData("graph a.mllm --format txt", "`--format` takes dot, json, mermaid, svg or text, not `txt`", "did you mean `text`?")]
    [InlineData("verify a.mllm", "`--golden DIR` is missing", "usage is mllmc verify [FILE] --golden DIR [options]")]
    [InlineData("explain lienar", "there is no diagnostic code and no primitive `lienar`", "did you mean `linear`?")]
    [InlineData("explain MLLM9001", "there is no diagnostic code and no primitive `MLLM9001`", "did you mean `MLLM")]
    [InlineData("check nowhere/at_all.mllm", "there is no file nowhere/at_all.mllm", null)]
    public void WrongUse(string line, string message, string? help)
    {
        var call = Call.Of(line.Split(' '));
        Assert.Equal((2, ""), (call.Code, call.Out));
        Assert.StartsWith($"error: {message}\n", call.Error);
        if (help is not null)
            Assert.Contains($"= help: {help}", call.Error);
    }

    [Fact]
    public void AMisspeltFileHasItsNeighbourForHelp()
    {
        var call = Call.Of("check", Path.ChangeExtension(Files.Smallest, null) + "st.mllm");
        Assert.Equal(2, call.Code);
        Assert.Contains("did you mean `smallest.mllm`?", call.Error);
    }

    [Fact]
    public void AnEmptyNameIsNoFile() => Assert.Equal((2, "error: the name of the file is empty\n"), Call.Of("check", "") is var c ? (c.Code, c.Error) : default);

    [Fact]
    public void WordsAfterTwoDashesAreNoOptions()
    {
        var call = Call.Of("check", "--", "--json");
        Assert.StartsWith("error: there is no file --json\n", call.Error);
    }

    [Fact]
    public void NothingAtAllShowsTheHelp()
    {
        Assert.Equal((2, Call.Of("--help").Out), (Call.Of().Code, Call.Of().Out));
        Assert.Equal(0, Call.Of("--help").Code);
        Assert.All(CommandTable.All, c => Assert.Contains($"\n  {c.Name} ", Call.Of("--help").Out));
    }

    [Fact]
    public void TheVersionIsOneLine() => Assert.Matches(@"^mllmc \d+\.\d+\.\d+\S*\n$", Call.Of("--version").Out);

    [Theory]
    [MemberData(nameof(Commands))]
    public void EachCommandHasHelpWithItsOptionsAndExamples(string name)
    {
        var command = CommandTable.Find(name)!;
        var help = Call.Of(name, "--help");
        Assert.Equal((0, ""), (help.Code, help.Error));
        Assert.StartsWith($"mllmc {name}: {command.Summary}\n", help.Out);
        Assert.All(command.Options, o => Assert.Contains($"  {o.Name}", help.Out));
        Assert.NotEmpty(command.Examples);
        Assert.Equal(help.Out, Call.Of("help", name).Out);
        Assert.Equal(command.Options.Count, command.Options.DistinctBy(o => o.Name).Count());
    }

    /// <summary>An example that its own command refuses is a mistake in the help.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void EachExampleIsAccepted(string name)
    {
        foreach (var example in CommandTable.Find(name)!.Examples)
        {
            var words = System.Text.RegularExpressions.Regex.Matches(example.Split(" < ")[0], "\"([^\"]*)\"|\\S+").Select(m => m.Value.Trim('"')).ToList();
            if (CommandTable.Find(words[0]) is { } command)
                Arguments.Parse(command, words[1..]);
            else
                Assert.EndsWith(".mllm", words[0]);
        }
    }
}
