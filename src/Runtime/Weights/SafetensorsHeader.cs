using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>What a safetensors file says of itself: its tensors in the header's order, and free metadata.</summary>
public sealed class SafetensorsHeader
{
    private readonly Dictionary<string, TensorEntry> byName;

    internal SafetensorsHeader(ImmutableArray<TensorEntry> entries, ImmutableSortedDictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
        byName = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>A longer header than this is refused, as the reference implementation does.</summary>
    public const long LongestHeader = 100_000_000;

    /// <summary>The bytes in front of the header's text: its length as a little-endian 64-bit number.</summary>
    public const int PrefixLength = 8;

    /// <summary>The tensors, in the header's order.</summary>
    public ImmutableArray<TensorEntry> Entries { get; }

    /// <summary>The header's <c>__metadata__</c>; empty where it has none.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>The tensor called <paramref name="name"/>, or null.</summary>
    public TensorEntry? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>
    /// Reads a header and proves that its tensors fill the file exactly: nothing outside it, no overlap, no hole.
    /// </summary>
    /// <param name="json">The header's text, without the length in front of it.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="fileLength">The whole file's length in bytes.</param>
    public static WeightsResult<SafetensorsHeader> Parse(ReadOnlySpan<byte> json, string file, long fileLength)
    {
        var parser = new SafetensorsHeaderParser(file, dataStart: PrefixLength + json.Length);
        parser.Parse(json);
        var errors = parser.Errors;
        if (errors.Count == 0)
            errors.AddRange(TensorLayout.Check(parser.Entries, file, PrefixLength + json.Length, fileLength));
        return errors.Count > 0
            ? WeightsResult<SafetensorsHeader>.Failed(errors)
            : new SafetensorsHeader([.. parser.Entries], parser.Metadata.ToImmutableSortedDictionary(StringComparer.Ordinal));
    }
}
