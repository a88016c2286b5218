using System.Buffers.Binary;
using System.Text;
using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>A folder of a test's own, gone when the test is over.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("weights-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>Puts a file there and gives its path.</summary>
    public string Put(string name, byte[] bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public string Put(string name, string text) => Put(name, Encoding.UTF8.GetBytes(text));

    /// <summary>A file of zeros for tensors written as <c>name F32 2x3</c>; no sizes for a scalar.</summary>
    public string PutTensors(string name, params IEnumerable<string> tensors)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        SafetensorsWriter.Write(this[name], tensors.Select(Zeros));
        return this[name];
    }

    /// <summary>The text without this folder's path, which differs from run to run.</summary>
    public string Anonymous(string text) => text.Replace(Path + System.IO.Path.DirectorySeparatorChar, "").Replace(Path, "FOLDER");

    /// <summary>A file's bytes from a header's text and a number of data bytes, which count up from 0.</summary>
    public static byte[] FileOf(string header, int data, ulong? length = null) => FileOf(Encoding.UTF8.GetBytes(header), data, length);

    public static byte[] FileOf(byte[] header, int data, ulong? length = null)
    {
        var bytes = new byte[8 + header.Length + data];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length ?? (ulong)header.Length);
        header.CopyTo(bytes, 8);
        for (var i = 0; i < data; i++) bytes[8 + header.Length + i] = (byte)i;
        return bytes;
    }

    private static TensorData Zeros(string text)
    {
        var words = text.Split(' ');
        var shape = words.Length < 3 ? [] : words[2].Split('x').Select(long.Parse).ToArray();
        Assert.True(WeightDtypes.TryParse(words[1], out var dtype));
        return TensorData.OfBytes(words[0], dtype, [.. shape], new byte[shape.Aggregate(1L, (a, b) => a * b) * dtype.Size()]);
    }
}
