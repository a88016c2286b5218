using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Mllm.Runtime.Weights;

/// <summary>
/// A safetensors file, open for reading, whose header has been read and proved. No tensor byte is read until asked for.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle handle;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header, long length) =>
        (Path, this.handle, Header, Length) = (path, handle, header, length);

    /// <summary>The path it was opened by.</summary>
    public string Path { get; }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>What the file says of itself.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Opens a file and reads its header, and nothing else of it. Errors: MLLM6001 to MLLM6016.</summary>
    public static WeightsResult<SafetensorsFile> Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            var header = ReadHeader(handle, path, length);
            if (!header.Ok)
            {
                handle.Dispose();
                return WeightsResult<SafetensorsFile>.Failed(header.Errors);
            }
            return new SafetensorsFile(path, handle, header.Value, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            handle?.Dispose();
            return SafetensorsErrors.CannotOpen(path, Reason(path, e));
        }
    }

    /// <summary>Fills <paramref name="into"/> with the tensor's bytes from <paramref name="start"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">if that reaches beyond the tensor</exception>
    /// <exception cref="EndOfStreamException">if the file became shorter after it was opened</exception>
    public void Read(TensorEntry entry, long start, Span<byte> into)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(into.Length, entry.Length - start);
        ReadExactly(handle, Path, entry.Offset + start, into);
    }

    /// <summary>All bytes of a small tensor.</summary>
    public byte[] ReadBytes(TensorEntry entry)
    {
        var bytes = new byte[entry.Length];
        Read(entry, 0, bytes);
        return bytes;
    }

    /// <summary>Closes the file; tensors that were read from it stay valid.</summary>
    public void Dispose() => handle.Dispose();

    private static WeightsResult<SafetensorsHeader> ReadHeader(SafeFileHandle handle, string path, long length)
    {
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        if (length < prefix.Length) return SafetensorsErrors.TooShort(path, length);
        ReadExactly(handle, path, 0, prefix);
        var header = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (header > (ulong)Math.Min(SafetensorsHeader.LongestHeader, length - prefix.Length))
            return SafetensorsErrors.HeaderTooLong(path, header, length);
        var json = new byte[header];
        ReadExactly(handle, path, prefix.Length, json);
        return SafetensorsHeader.Parse(json, path, length);
    }

    private static void ReadExactly(SafeFileHandle handle, string path, long position, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var read = RandomAccess.Read(handle, into, position);
            if (read == 0) throw new EndOfStreamException($"{path} became shorter while it was open");
            position += read;
            into = into[read..];
        }
    }

    private static string Reason(string path, Exception e) => e switch
    {
        _ when Directory.Exists(path) => "it is a folder",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "reading it is not allowed",
        ArgumentException => "its name is not a valid path",
        NotSupportedException => "it is not a regular file",
        _ => e.Message,
    };
}
