using System.Collections.Immutable;
using Mllm.Runtime.Weights.Pickled;

namespace Mllm.Runtime.Weights;

/// <summary>
/// A file of weights, open for reading, whose description of its tensors has been read and proved. No tensor byte is read
/// until asked for.
/// </summary>
public abstract class WeightsFile : IDisposable
{
    private readonly FileBytes file;
    private readonly Dictionary<string, TensorEntry> byName;

    private protected WeightsFile(FileBytes file, ImmutableArray<TensorEntry> entries)
    {
        (this.file, Entries) = (file, entries);
        byName = entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>The path it was opened by.</summary>
    public string Path => file.Path;

    /// <summary>The file's length in bytes.</summary>
    public long Length => file.Length;

    /// <summary>How many bytes of the file have been read so far.</summary>
    public long BytesRead => file.BytesRead;

    /// <summary>The tensors, in the file's order.</summary>
    public ImmutableArray<TensorEntry> Entries { get; }

    /// <summary>What the file holds beside the tensors, such as an optimiser's state: names, each with what it is.</summary>
    public virtual ImmutableArray<string> Aside => [];

    /// <summary>What the file says of itself as free text by name; empty where its format has no place for it.</summary>
    public virtual ImmutableSortedDictionary<string, string> Metadata => ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The tensor called <paramref name="name"/>, or null.</summary>
    public TensorEntry? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>
    /// Opens a file by its ending: a pickled one (<c>.bin</c>, <c>.pt</c>, <c>.pth</c>, <c>.ckpt</c>) or a safetensors
    /// file. Errors: MLLM6001 to MLLM6016, MLLM6028, MLLM6050 to MLLM6060.
    /// </summary>
    public static WeightsResult<WeightsFile> Open(string path)
    {
        if (CheckpointFolder.IsOtherFormat(path)) return IndexErrors.OtherFormat(path, System.IO.Path.GetExtension(path));
        if (CheckpointFolder.IsPickled(path)) return Widened(TorchFile.Open(path));
        return Widened(SafetensorsFile.Open(path));
    }

    /// <summary>Fills <paramref name="into"/> with the tensor's bytes, row-major and little-endian, from byte <paramref name="start"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">if that reaches beyond the tensor</exception>
    /// <exception cref="EndOfStreamException">if the file became shorter after it was opened</exception>
    public void Read(TensorEntry entry, long start, Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(into.Length, entry.Length - start);
        if (HoldsAsRead(entry)) file.Read(entry.Offset + start, into);
        else ReadOther(file, entry, start, into);
    }

    /// <summary>All bytes of a small tensor.</summary>
    public byte[] ReadBytes(TensorEntry entry)
    {
        var bytes = new byte[entry.Length];
        Read(entry, 0, bytes);
        return bytes;
    }

    /// <summary>Closes the file; tensors that were read from it stay valid.</summary>
    public virtual void Dispose()
    {
        file.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>True where the file's bytes from the entry's offset on are the bytes that <see cref="Read"/> gives.</summary>
    internal virtual bool HoldsAsRead(TensorEntry entry) => true;

    /// <summary>True where some of a tensor's bytes in the file are also another tensor's.</summary>
    internal virtual bool SharesBytes(TensorEntry entry) => false;

    /// <summary>Reads a tensor whose bytes stand otherwise in the file.</summary>
    private protected virtual void ReadOther(FileBytes file, TensorEntry entry, long start, Span<byte> into) =>
        throw new NotSupportedException($"`{entry.Name}` does not stand in the file as it is read");

    private static WeightsResult<WeightsFile> Widened<T>(WeightsResult<T> opened)
        where T : WeightsFile =>
        opened.Ok ? opened.Value : WeightsResult<WeightsFile>.Failed(opened.Errors);
}
