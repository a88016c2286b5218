using System.Buffers.Binary;
using System.Text;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>An entry of a zip archive.</summary>
/// <param name="Name">Its name in the archive.</param>
/// <param name="Header">Where its own header begins.</param>
/// <param name="Length">Bytes of its content.</param>
/// <param name="How">How it is kept, where that is not as it is; else null.</param>
internal sealed record ZipEntry(string Name, long Header, long Length, string? How);

/// <summary>
/// The central directory of a zip archive, with the 64-bit extensions, and where in the file the content of an entry is.
/// (APPNOTE.TXT of the zip format, sections 4.3 and 4.5.3.)
/// </summary>
internal sealed class ZipDirectory
{
    private const long Longest = 64L << 20;
    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, HeaderLength = 30, EntryLength = 46;
    private const uint EndSignature = 0x06054b50, LocatorSignature = 0x07064b50, End64Signature = 0x06064b50;
    private const uint EntrySignature = 0x02014b50, HeaderSignature = 0x04034b50;

    private readonly FileBytes file;
    private readonly long start;
    private readonly Dictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);

    private ZipDirectory(FileBytes file, long start) => (this.file, this.start) = (file, start);

    public IReadOnlyDictionary<string, ZipEntry> Entries => entries;

    /// <summary>Reads the directory.</summary>
    /// <exception cref="RefusedException">MLLM6054 or MLLM6052.</exception>
    public static ZipDirectory Read(FileBytes file)
    {
        var (start, length, count) = Find(file);
        if (start < 0 || length < 0 || start > file.Length - length) throw Bad(file, "its directory lies outside the file");
        if (length > Longest) throw new RefusedException(PickleErrors.TooLarge(file.Path, $"its zip directory has {SafetensorsErrors.Bytes(length)}", Longest));
        var bytes = new byte[length];
        file.Read(start, bytes);
        var directory = new ZipDirectory(file, start);
        var at = 0;
        for (var i = 0L; i < count; i++) at += directory.ReadEntry(bytes.AsSpan(at));
        return directory;
    }

    /// <summary>Where an entry's content is in the file.</summary>
    /// <exception cref="RefusedException">MLLM6055 for content that is not stored as it is, MLLM6054 for a broken header.</exception>
    public long ContentOf(ZipEntry entry)
    {
        if (entry.How is not null) throw new RefusedException(PickleErrors.NotStored(file.Path, entry.Name, entry.How));
        if (entry.Header < 0 || entry.Header > start - HeaderLength) throw Bad(file, $"the entry `{WeightsError.Shown(entry.Name)}` lies outside the file");
        Span<byte> header = stackalloc byte[HeaderLength];
        file.Read(entry.Header, header);
        if (U32(header, 0) != HeaderSignature) throw Bad(file, $"the entry `{WeightsError.Shown(entry.Name)}` has no header where the directory says");
        var content = entry.Header + HeaderLength + U16(header, 26) + U16(header, 28);
        return entry.Length <= start - content ? content : throw Bad(file, $"the entry `{WeightsError.Shown(entry.Name)}` lies outside the file");
    }

    private static (long Start, long Length, long Count) Find(FileBytes file)
    {
        var (end, at) = FindEnd(file);
        long count = U16(end, 10), length = U32(end, 12), start = U32(end, 16);
        if (count != 0xFFFF && length != 0xFFFF_FFFF && start != 0xFFFF_FFFF) return (start, length, count);
        if (at < LocatorLength) throw Bad(file, "its 64-bit directory is missing");
        Span<byte> locator = stackalloc byte[LocatorLength];
        file.Read(at - LocatorLength, locator);
        if (U32(locator, 0) != LocatorSignature) return (start, length, count); // just as many entries as the old field can say
        var at64 = I64(locator, 8);
        if (at64 < 0 || at64 > at - End64Length) throw Bad(file, "its 64-bit directory lies outside the file");
        Span<byte> end64 = stackalloc byte[End64Length];
        file.Read(at64, end64);
        if (U32(end64, 0) != End64Signature) throw Bad(file, "its 64-bit directory is missing");
        return (I64(end64, 48), I64(end64, 40), I64(end64, 32));
    }

    // The end record stands last, before a comment that archives of weights do not have but may.
    private static (byte[] End, long At) FindEnd(FileBytes file)
    {
        foreach (var tail in (int[])[EndLength, EndLength + ushort.MaxValue])
        {
            var bytes = new byte[Math.Min(tail, file.Length)];
            file.Read(file.Length - bytes.Length, bytes);
            for (var i = bytes.Length - EndLength; i >= 0; i--)
                if (U32(bytes.AsSpan(i), 0) == EndSignature && U16(bytes.AsSpan(i), 20) == bytes.Length - i - EndLength)
                    return (bytes[i..(i + EndLength)], file.Length - bytes.Length + i);
        }
        throw Bad(file, "it has no directory at its end; is the file cut off?");
    }

    private int ReadEntry(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < EntryLength || U32(bytes, 0) != EntrySignature) throw Bad(file, "its directory has fewer entries than it says");
        var (nameLength, extraLength, commentLength) = (U16(bytes, 28), U16(bytes, 30), U16(bytes, 32));
        var all = EntryLength + nameLength + extraLength + commentLength;
        if (bytes.Length < all) throw Bad(file, "its directory ends within an entry");
        var name = Encoding.UTF8.GetString(bytes.Slice(EntryLength, nameLength));
        long packed = U32(bytes, 20), length = U32(bytes, 24), header = U32(bytes, 42);
        if (packed == 0xFFFF_FFFF || length == 0xFFFF_FFFF || header == 0xFFFF_FFFF)
            Widen(bytes.Slice(EntryLength + nameLength, extraLength), ref length, ref packed, ref header);
        if (length < 0 || header < 0) throw Bad(file, $"the entry `{WeightsError.Shown(name)}` lies outside the file");
        var how = (U16(bytes, 8) & 1) != 0 ? "encrypted" : U16(bytes, 10) != 0 || packed != length ? "compressed" : null;
        if (!entries.TryAdd(name, new ZipEntry(name, header, length, how))) throw Bad(file, $"it holds two entries `{WeightsError.Shown(name)}`");
        return all;
    }

    // The 64-bit extension holds those of the three numbers that do not fit 32 bits, in this order.
    private static void Widen(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long header)
    {
        while (extra.Length >= 4)
        {
            var (id, size) = (U16(extra, 0), U16(extra, 2));
            if (size > extra.Length - 4) return;
            if (id == 1)
            {
                var field = extra.Slice(4, size);
                Next(ref field, ref length);
                Next(ref field, ref packed);
                Next(ref field, ref header);
                return;
            }
            extra = extra[(4 + size)..];
        }
    }

    private static void Next(ref ReadOnlySpan<byte> field, ref long number)
    {
        if (number != 0xFFFF_FFFF || field.Length < 8) return;
        number = I64(field, 0);
        field = field[8..];
    }

    private static RefusedException Bad(FileBytes file, string reason) => new(PickleErrors.BadArchive(file.Path, reason));

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
