using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>
/// A safetensors file, open for reading, whose header has been read and proved. No tensor byte is read until asked for.
/// </summary>
public sealed class SafetensorsFile : WeightsFile
{
    private SafetensorsFile(FileBytes file, SafetensorsHeader header)
        : base(file, header.Entries) => Header = header;

    /// <summary>What the file says of itself.</summary>
    public SafetensorsHeader Header { get; }

    /// <inheritdoc/>
    public override ImmutableSortedDictionary<string, string> Metadata => Header.Metadata;

    /// <summary>Opens a file and reads its header, and nothing else of it. Errors: MLLM6001 to MLLM6016.</summary>
    public static new WeightsResult<SafetensorsFile> Open(string path) => FileBytes.Open<SafetensorsFile>(path, file =>
    {
        var header = ReadHeader(file);
        return header.Ok ? new SafetensorsFile(file, header.Value) : WeightsResult<SafetensorsFile>.Failed(header.Errors);
    });

    private static WeightsResult<SafetensorsHeader> ReadHeader(FileBytes file)
    {
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        if (file.Length < prefix.Length) return SafetensorsErrors.TooShort(file.Path, file.Length);
        file.Read(0, prefix);
        var header = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (header > (ulong)Math.Min(SafetensorsHeader.LongestHeader, file.Length - prefix.Length))
            return SafetensorsErrors.HeaderTooLong(file.Path, header, file.Length);
        var json = new byte[header];
        file.Read(prefix.Length, json);
        return SafetensorsHeader.Parse(json, file.Path, file.Length);
    }
}
