using Mllm.Runtime.Native;
using Xunit;

namespace Mllm.Runtime.Tests.Native;

public sealed class NativeCopiesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("mllm-copies-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void The_first_call_writes_and_the_second_finds()
    {
        var copies = new NativeCopies(Path.Combine(root, "not yet there"));
        var (path, existed) = copies.TryKeep("lib.so", [1, 2, 3])!.Value;
        Assert.False(existed);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal((path, true), copies.TryKeep("lib.so", [1, 2, 3]));
    }

    [Fact]
    public void Other_content_goes_to_another_folder()
    {
        var copies = new NativeCopies(root);
        var first = copies.TryKeep("lib.so", [1])!.Value.Path;
        var second = copies.TryKeep("lib.so", [2])!.Value.Path;
        Assert.NotEqual(first, second);
        Assert.Equal([1], File.ReadAllBytes(first));
    }

    [Theory]
    [InlineData(new byte[] { 1, 2 })]
    [InlineData(new byte[] { 1, 2, 4 })]
    [InlineData(new byte[] { })]
    public void A_damaged_copy_is_replaced_and_leaves_nothing_beside_it(byte[] damaged)
    {
        var copies = new NativeCopies(root);
        var path = copies.TryKeep("lib.so", [1, 2, 3])!.Value.Path;
        File.WriteAllBytes(path, damaged);
        Assert.Equal((path, false), copies.TryKeep("lib.so", [1, 2, 3]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_gives_nothing()
    {
        var file = Path.Combine(root, "a file");
        File.WriteAllText(file, "");
        Assert.Null(new NativeCopies(file).TryKeep("lib.so", [1]));
    }

    [Fact]
    public void Concurrent_first_starts_all_see_a_whole_copy()
    {
        var content = new byte[200_000];
        Random.Shared.NextBytes(content);
        Parallel.For(0, 16, _ => Assert.Equal(content, File.ReadAllBytes(new NativeCopies(root).TryKeep("lib.so", content)!.Value.Path)));
    }
}
