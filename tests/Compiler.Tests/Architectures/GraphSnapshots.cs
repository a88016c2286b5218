using Mllm.Compiler.Ir.Printing;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>The compiled graph of each architecture's default variant, complete and as people read it: <c>tests/__snapshots__/graphs/NAME.txt</c>.</summary>
public class GraphSnapshots
{
    private const string Folder = "tests/__snapshots__/graphs/";

    public static TheoryData<string> Files => [.. ShippedFiles.Paths];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_graph_is_the_one_on_file(string path)
    {
        var compilation = ShippedFiles.Load(path);
        var actual = GraphPrinter.ToText(compilation.Compile(compilation.DefaultVariant).Graph);
        var expected = SnapshotOf(path);
        if (Repository.IsUpdating)
            Repository.Write(expected, actual);
        Assert.True(Repository.Exists(expected), $"{expected} is missing; MLLM_UPDATE=1 dotnet test writes it:\n{actual}");
        Assert.Equal(Repository.Read(expected), actual);
    }

    [Fact]
    public void No_snapshot_is_left_of_a_file_that_is_gone()
    {
        var orphans = Repository.Files(Folder, "*").Except(ShippedFiles.Paths.Select(SnapshotOf)).ToList();
        if (Repository.IsUpdating)
            orphans.ForEach(Repository.Delete);
        Assert.All(orphans, o => Assert.False(Repository.Exists(o), $"{o} belongs to no file under architectures/; MLLM_UPDATE=1 dotnet test deletes it"));
    }

    private static string SnapshotOf(string path) => $"{Folder}{ShippedFiles.NameOf(path)}.txt";
}
