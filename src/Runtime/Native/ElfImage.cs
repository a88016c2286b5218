using System.Buffers.Binary;
using System.Text;

namespace Mllm.Runtime.Native;

/// <summary>The dynamic-linking tables of a 64-bit little-endian ELF shared library, read from its bytes.</summary>
/// <remarks>
/// Layout and tag values: System V ABI (program headers, dynamic section) and the Linux Standard Base, "Symbol Versioning".
/// Everything is found through PT_DYNAMIC, as the dynamic loader does, so stripped section headers do not matter.
/// </remarks>
internal sealed class ElfImage
{
    private const uint SegmentLoad = 1, SegmentDynamic = 2;
    private const int RelocationSize = 24;

    private const long
        TagNull = 0, TagPltRelSize = 2, TagStrings = 5, TagRela = 7, TagRelaSize = 8, TagJmpRel = 23,
        TagVersionOfSymbol = 0x6ffffff0, TagVerDef = 0x6ffffffc, TagVerDefCount = 0x6ffffffd,
        TagVerNeed = 0x6ffffffe, TagVerNeedCount = 0x6fffffff;

    private readonly ReadOnlyMemory<byte> bytes;
    private readonly List<(ulong Address, ulong Offset, ulong Size)> segments = [];
    private readonly Dictionary<long, ulong> tags = [];

    private ElfImage(ReadOnlyMemory<byte> bytes) => this.bytes = bytes;

    /// <summary>Reads the tables that say how <paramref name="bytes"/> wants to be linked.</summary>
    /// <exception cref="BadImageFormatException">Not a 64-bit little-endian ELF file, or a table lies outside the file.</exception>
    public static ElfImage Parse(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.Length < 64 || !span[..4].SequenceEqual("\u007fELF"u8) || span[4] != 2 || span[5] != 1)
            throw new BadImageFormatException("not a 64-bit little-endian ELF file");
        var image = new ElfImage(bytes);
        image.ReadProgramHeaders();
        return image;
    }

    /// <summary>The symbol versions this library defines, in file order; for libstdc++ these are the GLIBCXX and CXXABI names.</summary>
    public IEnumerable<string> VersionDefinitions()
    {
        if (!tags.TryGetValue(TagVerDef, out var address)) yield break;
        var count = Tag(TagVerDefCount);
        for (var at = Offset(address); count > 0; count--)
        {
            // Elfxx_Verdef: the first Verdaux names the version itself, the others its predecessors.
            var aux = at + (int)U32(at + 12);
            yield return Name(U32(aux));
            at += (int)U32(at + 16);
        }
    }

    /// <summary>The symbol versions this library demands from others, one entry for each file and version.</summary>
    public IEnumerable<VersionNeed> VersionNeeds()
    {
        if (!tags.TryGetValue(TagVerNeed, out var address)) yield break;
        var files = Tag(TagVerNeedCount);
        for (var at = Offset(address); files > 0; files--)
        {
            var file = Name(U32(at + 4));
            var aux = at + (int)U32(at + 8);
            for (var left = U16(at + 2); left > 0; left--)
            {
                yield return new VersionNeed(file, Name(U32(aux + 8)), U16(aux + 6), FlagsOffset: aux + 4, U16(aux + 4));
                aux += (int)U32(aux + 12);
            }
            at += (int)U32(at + 12);
        }
    }

    /// <summary>Whether any relocation refers to a symbol of the version with index <paramref name="versionIndex"/>.</summary>
    /// <remarks>Without one, the loader never looks up a symbol of that version: the library only checks that the version exists.</remarks>
    public bool UsesVersion(ushort versionIndex)
    {
        if (!tags.TryGetValue(TagVersionOfSymbol, out var versionsAddress)) return false;
        var versions = Offset(versionsAddress);
        return UsesVersion(TagRela, TagRelaSize, versions, versionIndex) || UsesVersion(TagJmpRel, TagPltRelSize, versions, versionIndex);
    }

    private bool UsesVersion(long tableTag, long sizeTag, int versions, ushort versionIndex)
    {
        if (!tags.TryGetValue(tableTag, out var address)) return false;
        var start = Offset(address);
        for (var at = start; at < start + (int)Tag(sizeTag); at += RelocationSize)
        {
            // Upper half of r_info: the symbol's index, 0 for relocations without one. Bit 15 of a versym marks hidden symbols.
            var symbol = (int)U32(at + 12);
            if (symbol != 0 && (U16(versions + 2 * symbol) & 0x7fff) == versionIndex) return true;
        }
        return false;
    }

    private void ReadProgramHeaders()
    {
        var (table, entrySize, count) = ((int)U64(32), (int)U16(54), (int)U16(56));
        var dynamic = (Start: 0, Size: 0);
        for (var i = 0; i < count; i++)
        {
            var header = table + i * entrySize;
            switch (U32(header))
            {
                case SegmentLoad: segments.Add((U64(header + 16), U64(header + 8), U64(header + 32))); break;
                case SegmentDynamic: dynamic = ((int)U64(header + 8), (int)U64(header + 32)); break;
            }
        }
        for (var at = dynamic.Start; at < dynamic.Start + dynamic.Size && (long)U64(at) != TagNull; at += 16)
            tags.TryAdd((long)U64(at), U64(at + 8));
    }

    private ulong Tag(long tag) =>
        tags.TryGetValue(tag, out var value) ? value : throw new BadImageFormatException($"the dynamic section has no tag 0x{tag:x}");

    /// <summary>Where in the file the byte lies that is loaded at a virtual address.</summary>
    private int Offset(ulong address)
    {
        foreach (var segment in segments)
            if (address >= segment.Address && address - segment.Address < segment.Size)
                return (int)(address - segment.Address + segment.Offset);
        throw new BadImageFormatException($"address 0x{address:x} lies in no loaded segment");
    }

    private string Name(uint at)
    {
        var text = Slice(Offset(Tag(TagStrings)) + (int)at);
        var end = text.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
    }

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(Slice(at, 2));
    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Slice(at, 4));
    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(Slice(at, 8));

    private ReadOnlySpan<byte> Slice(int at, int length = 0) =>
        at >= 0 && length <= bytes.Length - at ? bytes.Span[at..] : throw new BadImageFormatException($"offset {at} lies outside the file");
}

/// <summary>One demanded symbol version (an Elfxx_Vernaux) and where in the file its flags lie.</summary>
internal sealed record VersionNeed(string File, string Version, ushort Index, int FlagsOffset, ushort Flags);
