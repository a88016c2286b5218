using System.Buffers.Binary;
using System.Text;

namespace Mllm.Runtime.Tests.Native;

/// <summary>The smallest ELF file with version tables: enough for a reader of dynamic-linking data, not for a loader.</summary>
internal static class SyntheticLibrary
{
    private const int Base = 0x10000, HeaderSize = 64, ProgramHeaderSize = 56;

    /// <summary>
    /// A library that demands <paramref name="versions"/> (indices 2, 3, ...) of <paramref name="provider"/>, defines GLIBCXX_3.4.29,
    /// and has one relocation, to symbol <paramref name="relocatedSymbol"/>; symbol k belongs to version k + 1. Addresses are file offsets plus 0x10000.
    /// </summary>
    public static byte[] With(string provider, string[] versions, int relocatedSymbol = 0)
    {
        var strings = new List<byte> { 0 };
        int Text(string value)
        {
            var at = strings.Count;
            strings.AddRange(Encoding.ASCII.GetBytes(value + "\0"));
            return at;
        }

        var needs = new List<byte>([.. U16(1), .. U16(versions.Length), .. U32(Text(provider)), .. U32(16), .. U32(0)]);
        foreach (var (index, version) in versions.Index())
            needs.AddRange([.. U32(0), .. U16(0), .. U16(index + 2), .. U32(Text(version)), .. U32(index + 1 < versions.Length ? 16 : 0)]);

        var definitions = new List<byte>();
        foreach (var (index, name) in new[] { "libsynthetic.so", "GLIBCXX_3.4.29" }.Index())
            definitions.AddRange([.. U16(1), .. U16(0), .. U16(index + 1), .. U16(1), .. U32(0), .. U32(20), .. U32(index == 0 ? 28 : 0),
                .. U32(Text(name)), .. U32(0)]);

        byte[] symbolVersions = [.. U16(0), .. versions.Index().SelectMany(version => U16(version.Index + 2))];
        byte[] relocations = [.. U64(0), .. U32(7), .. U32(relocatedSymbol), .. U64(0)];

        var tables = new (long Tag, byte[] Bytes)[]
        {
            (5, [.. strings]), (0x6ffffffe, [.. needs]), (0x6ffffffc, [.. definitions]), (0x6ffffff0, symbolVersions), (7, relocations),
        };
        var dynamicAt = HeaderSize + 2 * ProgramHeaderSize;
        var dynamicSize = 16 * (tables.Length + 4);
        var (dynamic, content) = (new List<byte>(), new List<byte>());
        foreach (var (tag, bytes) in tables)
        {
            dynamic.AddRange([.. U64(tag), .. U64(Base + dynamicAt + dynamicSize + content.Count)]);
            content.AddRange(bytes);
        }
        dynamic.AddRange([.. U64(0x6fffffff), .. U64(1), .. U64(0x6ffffffd), .. U64(2), .. U64(8), .. U64(relocations.Length), .. U64(0), .. U64(0)]);

        var size = dynamicAt + dynamicSize + content.Count;
        byte[] header = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, .. new byte[9],
            .. U16(3), .. U16(62), .. U32(1), .. U64(0), .. U64(HeaderSize), .. U64(0), .. U32(0),
            .. U16(HeaderSize), .. U16(ProgramHeaderSize), .. U16(2), .. U16(0), .. U16(0), .. U16(0)];
        return [.. header, .. ProgramHeader(1, 0, size), .. ProgramHeader(2, dynamicAt, dynamicSize), .. dynamic, .. content];
    }

    private static byte[] ProgramHeader(int type, int offset, int size) =>
        [.. U32(type), .. U32(4), .. U64(offset), .. U64(Base + offset), .. U64(Base + offset), .. U64(size), .. U64(size), .. U64(8)];

    private static byte[] U16(int value) => Bytes(2, span => BinaryPrimitives.WriteUInt16LittleEndian(span, (ushort)value));
    private static byte[] U32(int value) => Bytes(4, span => BinaryPrimitives.WriteInt32LittleEndian(span, value));
    private static byte[] U64(long value) => Bytes(8, span => BinaryPrimitives.WriteInt64LittleEndian(span, value));

    private delegate void Fill(Span<byte> span);

    private static byte[] Bytes(int count, Fill fill)
    {
        var bytes = new byte[count];
        fill(bytes);
        return bytes;
    }
}
