using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Mllm.Runtime.Weights;

/// <summary>An open file that is read by position, and counts what was read of it.</summary>
internal sealed class FileBytes : IDisposable
{
    private readonly SafeFileHandle handle;
    private long bytesRead;

    private FileBytes(string path, SafeFileHandle handle) => (Path, this.handle, Length) = (path, handle, RandomAccess.GetLength(handle));

    /// <summary>The path it was opened by.</summary>
    public string Path { get; }

    /// <summary>Its length in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>How many bytes have been read.</summary>
    public long BytesRead => Interlocked.Read(ref bytesRead);

    /// <summary>Opens a file and lets <paramref name="make"/> read it. Errors: MLLM6001, and those that it gives.</summary>
    public static WeightsResult<T> Open<T>(string path, Func<FileBytes, WeightsResult<T>> make)
        where T : class
    {
        FileBytes? file = null;
        WeightsResult<T>? made = null;
        try
        {
            file = new FileBytes(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
            return made = make(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return SafetensorsErrors.CannotOpen(path, Reason(path, e));
        }
        finally
        {
            if (made is not { Ok: true }) file?.Dispose();
        }
    }

    /// <summary>Fills <paramref name="into"/> with the bytes from <paramref name="position"/> on.</summary>
    /// <exception cref="EndOfStreamException">if the file ends before that</exception>
    public void Read(long position, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var read = RandomAccess.Read(handle, into, position);
            if (read == 0) throw new EndOfStreamException($"{Path} became shorter while it was open");
            Interlocked.Add(ref bytesRead, read);
            position += read;
            into = into[read..];
        }
    }

    /// <summary>The file as memory, for what is read in no order; it must not outlive this.</summary>
    public MemoryMappedFile Map() =>
        MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);

    public void Dispose() => handle.Dispose();

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
