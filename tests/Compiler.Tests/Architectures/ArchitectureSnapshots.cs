using Mllm.Compiler.Ir.Printing;
using Mllm.Compiler.Planning;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>
/// What each architecture becomes, as people read it: the complete graph of its default variant in <c>tests/__snapshots__/graphs/NAME.txt</c>, the plans of all its variants with
/// their stages in <c>tests/__snapshots__/plans/NAME.txt</c>.
/// </summary>
public class ArchitectureSnapshots
{
    private const string Folder = "tests/__snapshots__/", Graphs = "graphs", Plans = "plans";

    public static TheoryData<string> Files => [.. ShippedFiles.Paths];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_graph_is_the_one_on_file(string path)
    {
        var compilation = ShippedFiles.Load(path);
        Matches(Graphs, path, GraphPrinter.ToText(compilation.Compile(compilation.DefaultVariant).Graph));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_plans_are_those_on_file(string path) => Matches(Plans, path, string.Join("\n========================================\n\n",
        ShippedFiles.Settings.Where(s => s.Path == path).Select(s => PlanPrinter.ToText(Plan.Of(ShippedFiles.Program(path, s.Variant))))));

    [Theory]
    [InlineData(Graphs)]
    [InlineData(Plans)]
    public void No_snapshot_is_left_of_a_file_that_is_gone(string kind)
    {
        var orphans = Repository.Files($"{Folder}{kind}/", "*").Except(ShippedFiles.Paths.Select(p => SnapshotOf(kind, p))).ToList();
        if (Repository.IsUpdating)
            orphans.ForEach(Repository.Delete);
        Assert.All(orphans, o => Assert.False(Repository.Exists(o), $"{o} belongs to no file under architectures/; MLLM_UPDATE=1 dotnet test deletes it"));
    }

    private static void Matches(string kind, string path, string actual)
    {
        var expected = SnapshotOf(kind, path);
        if (Repository.IsUpdating)
            Repository.Write(expected, actual);
        Assert.True(Repository.Exists(expected), $"{expected} is missing; MLLM_UPDATE=1 dotnet test writes it:\n{actual}");
        Assert.Equal(Repository.Read(expected), actual);
    }

    private static string SnapshotOf(string kind, string path) => $"{Folder}{kind}/{ShippedFiles.NameOf(path)}.txt";
}
