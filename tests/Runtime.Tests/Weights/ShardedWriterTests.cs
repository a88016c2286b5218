using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>A model's tensors in a folder: one file or several, and always readable as one checkpoint.</summary>
public class ShardedWriterTests
{
    // Names and lengths in bytes | shard size | the tensors of each file
    [Theory]
    [InlineData("a:8 b:8 c:8", 24, "model.safetensors = a b c")]
    [InlineData("a:8 b:8 c:8", 23, "model-00001-of-00002.safetensors = a b | model-00002-of-00002.safetensors = c")]
    [InlineData("c:8 a:8 b:100 d:8", 16, "model-00001-of-00003.safetensors = a | model-00002-of-00003.safetensors = b | model-00003-of-00003.safetensors = c d")]
    [InlineData("a:100", 1, "model.safetensors = a")]
    public void TensorsAreDealtOut(string tensors, long shard, string files)
    {
        using var folder = new TemporaryFolder();
        var data = tensors.Split(' ').Select(t => t.Split(':')).Select((t, i) => Of(t[0], int.Parse(t[1]), (byte)(i + 1))).ToList();
        var names = ShardedWriter.Write(folder["out"], data, shard);
        using var source = CheckpointSource.Open(folder["out"]).Value!;

        Assert.Equal(files, string.Join(" | ", source.Files.Select(f => $"{Path.GetFileName(f.Path)} = {string.Join(' ', f.Entries.Select(e => e.Name))}")));
        Assert.Equal(names, source.Files.Select(f => Path.GetFileName(f.Path)));
        Assert.Equal(names.Length > 1, File.Exists(folder["out/model.safetensors.index.json"]));
        foreach (var tensor in data)
        {
            using var bytes = new MemoryStream();
            tensor.WriteTo(bytes);
            Assert.Equal(bytes.ToArray(), source.Tensors[tensor.Name].File.ReadBytes(source.Tensors[tensor.Name].Entry));
        }
    }

    [Fact]
    public void TheDefaultIsFiveGigabytes() => Assert.Equal(5_000_000_000, ShardedWriter.DefaultShardBytes);

    [Fact]
    public void AnEarlierExportLeavesNothingBehind()
    {
        using var folder = new TemporaryFolder();
        folder.Put("tokenizer.json", "{}");
        folder.PutTensors("vision.safetensors", "v F32 2");
        ShardedWriter.Write(folder.Path, [Of("a", 8, 1), Of("b", 8, 2), Of("c", 8, 3)], 8);
        ShardedWriter.Write(folder.Path, [Of("a", 8, 1), Of("b", 8, 2)], 8);
        Assert.Equal(
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "tokenizer.json", "vision.safetensors"], Names(folder));
        ShardedWriter.Write(folder.Path, [Of("a", 8, 1)]);
        Assert.Equal(["model.safetensors", "tokenizer.json", "vision.safetensors"], Names(folder));
    }

    [Fact]
    public void TwoTensorsOfOneNameAreRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<ArgumentException>(() => ShardedWriter.Write(folder.Path, [Of("a", 8, 1), Of("a", 8, 1)], 8));
        Assert.Empty(Names(folder));
    }

    private static IEnumerable<string> Names(TemporaryFolder folder) => Directory.EnumerateFiles(folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    private static TensorData Of(string name, int bytes, byte value) =>
        TensorData.OfBytes(name, WeightDtype.U8, [bytes], Enumerable.Repeat(value, bytes).ToArray());
}
