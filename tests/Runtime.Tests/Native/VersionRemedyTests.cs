using System.Security.Cryptography;
using Mllm.Runtime.Native;
using Xunit;

namespace Mllm.Runtime.Tests.Native;

public class VersionRemedyTests
{
    private static readonly HashSet<string> Debian12 = ["GLIBCXX_3.4", "GLIBCXX_3.4.29", "CXXABI_1.3"];
    private static readonly HashSet<string> Debian13 = [.. Debian12, "GLIBCXX_3.4.32"];

    [Fact]
    public void Needs_and_definitions_are_read_as_written()
    {
        var image = ElfImage.Parse(SyntheticLibrary.With("libstdc++.so.6", ["GLIBCXX_3.4.29", "GLIBCXX_3.4.32"]));
        Assert.Equal(
            [("libstdc++.so.6", "GLIBCXX_3.4.29", 2, 0), ("libstdc++.so.6", "GLIBCXX_3.4.32", 3, 0)],
            image.VersionNeeds().Select(need => (need.File, need.Version, (int)need.Index, (int)need.Flags)));
        Assert.Equal(["libsynthetic.so", "GLIBCXX_3.4.29"], image.VersionDefinitions());
    }

    [Fact]
    public void Only_the_flags_of_the_missing_version_change()
    {
        var original = SyntheticLibrary.With("libstdc++.so.6", ["GLIBCXX_3.4.29", "GLIBCXX_3.4.32"]);
        var missing = VersionRemedy.Missing(ElfImage.Parse(original), "libstdc++.so.6", Debian12);
        var need = Assert.Single(missing);

        var patched = VersionRemedy.Apply(original, missing);

        Assert.Equal([(need.FlagsOffset, 0, 2)], Differences(original, patched));
        Assert.Equal([0, 2], ElfImage.Parse(patched).VersionNeeds().Select(changed => (int)changed.Flags));
    }

    [Fact]
    public void A_second_remedy_finds_nothing_to_do()
    {
        var original = SyntheticLibrary.With("libstdc++.so.6", ["GLIBCXX_3.4.32"]);
        var patched = VersionRemedy.Apply(original, VersionRemedy.Missing(ElfImage.Parse(original), "libstdc++.so.6", Debian12));
        Assert.Empty(VersionRemedy.Missing(ElfImage.Parse(patched), "libstdc++.so.6", Debian12));
    }

    [Fact]
    public void A_new_enough_system_needs_no_remedy() =>
        Assert.Empty(VersionRemedy.Missing(
            ElfImage.Parse(SyntheticLibrary.With("libstdc++.so.6", ["GLIBCXX_3.4.32"])), "libstdc++.so.6", Debian13));

    [Fact]
    public void A_version_is_used_only_when_a_relocation_refers_to_one_of_its_symbols()
    {
        // Symbol k has version index k + 1.
        var image = ElfImage.Parse(SyntheticLibrary.With("libstdc++.so.6", ["GLIBCXX_3.4.29", "GLIBCXX_3.4.32"], relocatedSymbol: 1));
        Assert.True(image.UsesVersion(2));
        Assert.False(image.UsesVersion(3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(120)]
    [InlineData(400)]
    public void A_truncated_library_is_refused(int length)
    {
        var bytes = SyntheticLibrary.With("libstdc++.so.6", ["GLIBCXX_3.4.32"]);
        Assert.Throws<BadImageFormatException>(() => ElfImage.Parse(bytes.AsMemory(0, length)).VersionNeeds().ToList());
    }

    /// <summary>The same on the library that ships, whatever this system's own libstdc++ is.</summary>
    [Fact]
    public void TorchSharps_library_needs_one_flag_changed_on_Debian_12()
    {
        if (TorchLibrary.FindBindings() is not { } path) return; // Not Linux: no such file is shipped.
        var original = File.ReadAllBytes(path);
        var image = ElfImage.Parse(original);
        var demanded = image.VersionNeeds().Where(need => need.File == "libstdc++.so.6").Select(need => need.Version).ToHashSet();

        var need = Assert.Single(VersionRemedy.Missing(image, "libstdc++.so.6", demanded.Except(["GLIBCXX_3.4.32"]).ToHashSet()));

        Assert.False(image.UsesVersion(need.Index));
        Assert.Equal([(need.FlagsOffset, 0, 2)], Differences(original, VersionRemedy.Apply(original, [need])));
        var used = image.VersionNeeds().Single(other => other.Version == "GLIBCXX_3.4.21");
        Assert.True(image.UsesVersion(used.Index));
    }

    [Fact]
    public void Loading_leaves_the_shipped_library_untouched()
    {
        if (TorchLibrary.FindBindings() is not { } path) return; // Not Linux: no such file is shipped.
        // Output folders are hard-linked to the package cache, so this file is the cache's file.
        var before = SHA256.HashData(File.ReadAllBytes(path));
        var report = TorchLibrary.Load();
        Assert.Equal(before, SHA256.HashData(File.ReadAllBytes(path)));
        var copy = report.Remedy switch
        {
            LibstdcxxRemedy.Applied applied => applied.Path,
            LibstdcxxRemedy.AlreadyApplied applied => applied.Path,
            _ => null,
        };
        if (copy is null) return; // This system's libstdc++ is new enough, or the home directory cannot be written.
        Assert.Single(Differences(File.ReadAllBytes(path), File.ReadAllBytes(copy)));
        Assert.NotEqual(Path.GetDirectoryName(path), Path.GetDirectoryName(copy));
    }

    private static List<(int Offset, int Before, int After)> Differences(byte[] left, byte[] right)
    {
        Assert.Equal(left.Length, right.Length);
        return [.. left.Index().Where(entry => entry.Item != right[entry.Index]).Select(entry => (entry.Index, (int)entry.Item, (int)right[entry.Index]))];
    }
}
