using System.Diagnostics;
using System.Text;
using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>Files that are right: what the header says, what the writer writes, and how mutations of it end.</summary>
public class SafetensorsFileTests
{
    private const string Header =
        """{"__metadata__":{"format":"pt"},"b":{"dtype":"I16","shape":[3],"data_offsets":[16,22]},"empty":{"dtype":"F32","shape":[0,4],"data_offsets":[16,16]},"scalar":{"dtype":"U8","shape":[],"data_offsets":[22,23]},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}   """;

    [Fact]
    public void EveryEntryIsRead()
    {
        using var folder = new TemporaryFolder();
        var result = SafetensorsFile.Open(folder.Put("x.safetensors", TemporaryFolder.FileOf(Header, 23)));
        Assert.True(result.Ok);
        using var file = result.Value;

        Assert.Equal(["b", "empty", "scalar", "a"], file.Header.Entries.Select(e => e.Name));
        Assert.Equal("pt", file.Header.Metadata["format"]);
        var b = file.Header.Find("b")!;
        Assert.Equal((WeightDtype.I16, 3, 6), (b.Dtype, b.Elements, b.Length));
        Assert.Equal([16, 17, 18, 19, 20, 21], file.ReadBytes(b));
        Assert.Equal([22], file.ReadBytes(file.Header.Find("scalar")!));
        Assert.Empty(file.ReadBytes(file.Header.Find("empty")!));
        Assert.Null(file.Header.Find("c"));
    }

    [Fact]
    public void ATensorsBytesEndWithTheTensor()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(folder.Put("x.safetensors", TemporaryFolder.FileOf(Header, 23))).Value!;
        var b = file.Header.Find("b")!;

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(b, 5, new byte[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(b, -1, new byte[2]));
    }

    [Fact]
    public void OpeningReadsNoTensorByte()
    {
        // A terabyte that no disk here holds: a sparse file, of which the header alone exists.
        const long length = 1L << 40;
        using var folder = new TemporaryFolder();
        var header = $$$"""{"a":{"dtype":"U8","shape":[{{{length}}}],"data_offsets":[0,{{{length}}}]}}""";
        var path = folder.Put("x.safetensors", TemporaryFolder.FileOf(header, 0));
        try
        {
            using var stream = new FileStream(path, FileMode.Open);
            stream.SetLength(8 + header.Length + length);
        }
        catch (Exception e) when (e is IOException or ArgumentOutOfRangeException)
        {
            return; // a file system without sparse files of that size
        }
        var clock = Stopwatch.StartNew();
        using var file = SafetensorsFile.Open(path).Value!;

        Assert.Equal(length, file.Header.Entries[0].Elements);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using var folder = new TemporaryFolder();
        TensorData[] tensors =
        [
            .. Enum.GetValues<WeightDtype>().Select(d => TensorData.OfBytes($"t.{d}", d, [3, 1], Counting(3 * d.Size()))),
            TensorData.OfBytes("häßlich \"quoted\"\n", WeightDtype.U8, [], Counting(1)),
            TensorData.OfBytes("empty", WeightDtype.F64, [0, 7], ReadOnlyMemory<byte>.Empty),
        ];
        var metadata = new Dictionary<string, string> { ["b"] = "2", ["a"] = "é" };
        SafetensorsWriter.Write(folder["x.safetensors"], tensors, metadata);
        SafetensorsWriter.Write(folder["y.safetensors"], tensors.Reverse(), metadata);

        using var file = SafetensorsFile.Open(folder["x.safetensors"]).Value!;
        Assert.Equal(metadata.OrderBy(m => m.Key), file.Header.Metadata);
        Assert.Equal(tensors.Select(t => t.Name).Order(StringComparer.Ordinal), file.Header.Entries.Select(e => e.Name));
        foreach (var tensor in tensors)
        {
            var entry = file.Header.Find(tensor.Name)!;
            Assert.Equal((tensor.Dtype, TensorEntry.Print(tensor.Shape)), (entry.Dtype, TensorEntry.Print(entry.Shape)));
            Assert.Equal(Counting((int)tensor.Length), file.ReadBytes(entry));
            Assert.Equal(0, entry.Offset % entry.Dtype.Size());
        }
        Assert.Equal(File.ReadAllBytes(folder["x.safetensors"]), File.ReadAllBytes(folder["y.safetensors"]));
    }

    [Fact]
    public void AFailedWriteLeavesTheOldFileAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        folder.PutTensors("x.safetensors", "a F32 2");
        var old = File.ReadAllBytes(folder["x.safetensors"]);

        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(folder["x.safetensors"], [new Short()]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder["x.safetensors"], [new Short(), new Short()]));

        Assert.Equal(old, File.ReadAllBytes(folder["x.safetensors"]));
        Assert.Equal(["x.safetensors"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("", 4)]
    [InlineData("__metadata__", 4)]
    [InlineData("a", 5)]
    public void TensorsThatNoFileCanHoldAreABug(string name, int bytes) =>
        Assert.Throws<ArgumentException>(() => TensorData.OfBytes(name, WeightDtype.F32, [1], new byte[bytes]));

    [Fact]
    public void NoMutationOfAHeaderThrows()
    {
        var random = new Random(20240607);
        var header = Encoding.UTF8.GetBytes(Header);
        var alphabet = "{}[]\",:\\0123456789-eEnu.tFI\u00e9\0 "u8.ToArray();
        var (good, bad) = (0, 0);
        for (var i = 0; i < 2000; i++)
        {
            var mutated = header.ToList();
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(mutated.Count);
                switch (random.Next(4))
                {
                    case 0: mutated[at] = alphabet[random.Next(alphabet.Length)]; break;
                    case 1: mutated.Insert(at, alphabet[random.Next(alphabet.Length)]); break;
                    case 2: mutated.RemoveAt(at); break;
                    default:
                        var length = Math.Min(random.Next(1, 40), mutated.Count - at);
                        mutated.InsertRange(random.Next(mutated.Count), mutated.GetRange(at, length));
                        break;
                }
            }
            var result = SafetensorsHeader.Parse([.. mutated], "x", 8 + mutated.Count + 23);
            if (result.Ok) good++;
            else bad++;
            // What is accepted is consistent: the tensors fill the file.
            if (result.Ok) Assert.Equal(23, result.Value.Entries.Sum(e => e.Length));
            else Assert.All(result.Errors, e => Assert.StartsWith("MLLM60", e.Render()[6..]));
        }
        Assert.True(good > 20 && bad > 1000, $"{good} good, {bad} bad: the mutations are too tame or too wild to tell anything");
    }

    private static byte[] Counting(int n) => [.. Enumerable.Range(0, n).Select(i => (byte)i)];

    private sealed class Short() : TensorData("a", WeightDtype.F32, [2])
    {
        public override void WriteTo(Stream stream) => stream.Write([1, 2, 3]);
    }
}
