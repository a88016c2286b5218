using System.Globalization;
using System.Text.RegularExpressions;
using Mllm.Compiler.Planning;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>Parameter counts: those of <c>counts.txt</c>, and every one that the tables of <c>docs/systems.md</c> show.</summary>
public partial class CountTests
{
    private const string Table = "tests/Compiler.Tests/Architectures/counts.txt";
    private const string Page = "docs/systems.md";

    /// <summary>What the columns of the page's tables count, beside those that name a component or a stage as code; other columns hold what was published.</summary>
    private static readonly Dictionary<string, string> Columns = new()
    {
        ["vision"] = "vision", ["projector"] = "projector", ["language model"] = "llm", ["gated blocks"] = "llm.injected", ["resampler"] = "resampler",
        ["total"] = "total", ["adapters"] = "llm.adapted", ["trained in `instruct`"] = "stage instruct", ["trained"] = "stage pretrain",
    };

    public static TheoryData<string, string, string> Counted => Data(Repository.Read(Table).Split('\n').Where(l => l.Length > 0 && l[0] != '#')
        .Select(l => l.Split('|', StringSplitOptions.TrimEntries)).Select(c => ($"architectures/{c[0]}.mllm", c[1], c[2], c[3])));

    public static TheoryData<string, string, string> Shown => Data(OfPage());

    [Theory]
    [MemberData(nameof(Counted))]
    public void Counts_are_those_of_the_published_shapes(string path, string variant, string counts) => Compare(path, variant, counts);

    [Theory]
    [MemberData(nameof(Shown))]
    public void Counts_are_those_that_the_documentation_shows(string path, string variant, string counts) => Compare(path, variant, counts);

    /// <summary>Everything that is counted adds up, whatever the file: nothing is left out and nothing counted twice.</summary>
    [Fact]
    public void Components_add_up_to_the_total()
    {
        foreach (var (path, variant) in ShippedFiles.Settings)
        {
            var (program, plan) = (ShippedFiles.Program(path, variant), Plan.Of(ShippedFiles.Program(path, variant)));
            var sum = program.Graph.Parameters.Sum(p => p.Count.Value!.Value);
            Assert.True(plan.Parameters.Count == sum && plan.Components.Sum(c => c.Parameters.Count) == sum, $"{path} {variant}");
        }
    }

    private static void Compare(string path, string variant, string counts)
    {
        var plan = Plan.Of(ShippedFiles.Program(path, variant));
        foreach (var (what, number) in counts.Split("; ").Select(c => c.Split(": ")).Select(c => (c[0], c[1])))
            Assert.True(Count(plan, what).ToString("N0", CultureInfo.InvariantCulture) == number, $"{what}: {Count(plan, what):N0}, expected {number}");
    }

    private static long Count(Plan plan, string what) => what switch
    {
        "total" => plan.Parameters.Count,
        _ when what.StartsWith("stage ", StringComparison.Ordinal) => plan.Stages.Single(s => s.Name == what["stage ".Length..]).Trained.Count,
        _ => plan.Components.Single(c => c.Name == what).Parameters.Count,
    };

    /// <summary>One case for each variant, all its counts in it.</summary>
    private static TheoryData<string, string, string> Data(IEnumerable<(string Path, string Variant, string What, string Number)> counts)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var setting in counts.GroupBy(c => (c.Path, c.Variant)))
            data.Add(setting.Key.Path, setting.Key.Variant, string.Join("; ", setting.Select(c => $"{c.What}: {c.Number}")));
        return data;
    }

    private static IEnumerable<(string, string, string, string)> OfPage()
    {
        var (path, columns) = ("", Array.Empty<string>());
        foreach (var line in Repository.Read(Page).Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                path = ArchitectureFile().Match(line).Value;
            else if (line.StartsWith("| variant |", StringComparison.Ordinal))
                columns = Cells(line);
            else if (line.StartsWith("| `", StringComparison.Ordinal))
                foreach (var (what, cell) in columns.Select(What).Zip(Cells(line)).Where(c => c.First is not null))
                    yield return (path, Cells(line)[0].Trim('`'), what!, cell[(cell.IndexOf(':') + 1)..].Trim());
        }
    }

    private static string? What(string column) => column.StartsWith('`') ? column.Trim('`') : Columns.GetValueOrDefault(column);

    private static string[] Cells(string row) => row.Trim('|').Split('|', StringSplitOptions.TrimEntries);

    [GeneratedRegex(@"architectures/[\w/]+\.mllm")]
    private static partial Regex ArchitectureFile();
}
