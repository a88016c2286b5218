using Mllm.Compiler.Planning;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>The plans of every variant of each architecture, with its stages, as people read them: <c>tests/__snapshots__/plans/NAME.txt</c>.</summary>
public class PlanSnapshots
{
    private const string Folder = "tests/__snapshots__/plans/";

    public static TheoryData<string> Files => [.. ShippedFiles.Paths];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_plans_are_those_on_file(string path)
    {
        var plans = ShippedFiles.Settings.Where(s => s.Path == path).Select(s => PlanPrinter.ToText(Plan.Of(ShippedFiles.Program(path, s.Variant))));
        var actual = string.Join("\n========================================\n\n", plans);
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
