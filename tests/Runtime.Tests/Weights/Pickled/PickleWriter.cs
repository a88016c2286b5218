using System.Buffers.Binary;
using System.Text;

namespace Mllm.Runtime.Tests.Weights.Pickled;

/// <summary>Pickles by hand, opcode by opcode; a character is a byte. What a library would never write can be written too.</summary>
internal static class PickleWriter
{
    public static string Text(string text) => $"X{Bytes(4, text.Length)}{text}";

    public static string Int(long number) => $"\u008a\u0008{Bytes(8, number)}";

    public static string Ints(params IEnumerable<long> numbers) => Tuple([.. numbers.Select(Int)]);

    public static string Tuple(params string[] items) => $"({string.Concat(items)}t";

    public static string Global(string module, string name) => $"c{module}\n{name}\n";

    public static string Dict(params (string Key, string Value)[] items) => $"}}({string.Concat(items.Select(i => Text(i.Key) + i.Value))}u";

    public static string Storage(string type, string key, long count) =>
        Tuple(Text("storage"), Global("torch", $"{type}Storage"), Text(key), Text("cpu"), Int(count)) + "Q";

    public static string Tensor(string storage, long offset, string shape, string strides) =>
        $"{Global("torch._utils", "_rebuild_tensor_v2")}{Tuple(storage, Int(offset), shape, strides, "\u0089", "N")}R";

    public static byte[] Pickle(string body) => Encoding.Latin1.GetBytes($"\u0080\u0002{body}.");

    /// <summary>A file of floats 0, 1, 2 ... under the key 0, and an object.</summary>
    public static byte[] File(string body, int floats = 6)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        zip.Add("archive/data.pkl", Pickle(body));
        zip.Add("archive/data/0", [.. Enumerable.Range(0, floats).SelectMany(i => BitConverter.GetBytes((float)i))]);
        zip.Finish();
        return stream.ToArray();
    }

    private static string Bytes(int count, long number) => new([.. Enumerable.Range(0, count).Select(i => (char)(byte)(number >> (8 * i)))]);
}

/// <summary>Zip archives by hand: stored entries, in the old form or with the 64-bit one.</summary>
internal sealed class ZipWriter(Stream stream, bool isWide = false)
{
    private readonly List<(byte[] Name, long Header, long Length)> entries = [];

    public void Add(string name, byte[] content)
    {
        Begin(name, content.Length);
        stream.Write(content);
    }

    /// <summary>Adds zeros that take no space on the disk, and <paramref name="last"/> behind them.</summary>
    public void AddSparse(string name, long zeros, byte[] last)
    {
        Begin(name, zeros + last.Length);
        stream.Seek(zeros, SeekOrigin.Current);
        stream.Write(last);
    }

    public void Finish()
    {
        var start = stream.Position;
        foreach (var (name, header, length) in entries)
        {
            Put(0x02014b50, 4);
            Put(0, 16);
            Put(isWide ? 0xFFFF_FFFF : length, 4);
            Put(isWide ? 0xFFFF_FFFF : length, 4);
            Put(name.Length, 2);
            Put(isWide ? 28 : 0, 2);
            Put(0, 10);
            Put(isWide ? 0xFFFF_FFFF : header, 4);
            stream.Write(name);
            if (!isWide) continue;
            Put(1, 2);
            Put(24, 2);
            Put(length, 8);
            Put(length, 8);
            Put(header, 8);
        }
        var (end, count) = (stream.Position, entries.Count);
        if (isWide)
        {
            Put(0x06064b50, 4);
            Put(44, 8);
            Put(0, 12);
            Put(count, 8);
            Put(count, 8);
            Put(end - start, 8);
            Put(start, 8);
            Put(0x07064b50, 4);
            Put(0, 4);
            Put(end, 8);
            Put(1, 4);
        }
        Put(0x06054b50, 4);
        Put(0, 4);
        Put(isWide ? 0xFFFF : count, 2);
        Put(isWide ? 0xFFFF : count, 2);
        Put(isWide ? 0xFFFF_FFFF : end - start, 4);
        Put(isWide ? 0xFFFF_FFFF : start, 4);
        Put(0, 2);
    }

    private void Begin(string name, long length)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        entries.Add((bytes, stream.Position, length));
        Put(0x04034b50, 4);
        Put(0, 22);
        Put(bytes.Length, 2);
        Put(0, 2);
        stream.Write(bytes);
    }

    private void Put(long number, int bytes)
    {
        Span<byte> buffer = stackalloc byte[Math.Max(bytes, 8)];
        buffer.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(buffer, number);
        stream.Write(buffer[..bytes]);
    }
}
