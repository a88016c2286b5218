using Microsoft.Win32.SafeHandles;

namespace Mllm.Runtime.Data;

/// <summary>Where a record's bytes lie in its file, and the line it begins on.</summary>
internal readonly record struct RecordSpan(long Offset, int Length, uint Line);

/// <summary>The records of one file. Nothing but their places is held in memory, so the file may be larger than that.</summary>
internal sealed class IndexedFile : IDataSet
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly RecordSpan[] _records;

    private IndexedFile(string path, SafeFileHandle file, RecordSpan[] records, string kind)
    {
        (_path, _file, _records) = (path, file, records);
        Describe = $"{path} ({records.Length} records, {kind})";
    }

    public int Count => _records.Length;

    public string Describe { get; }

    /// <exception cref="DataException">It cannot be read, or its structure is broken.</exception>
    public static IndexedFile Open(string path, string kind, Func<Stream, string, List<RecordSpan>> index)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.SequentialScan);
            RecordSpan[] records = [.. index(stream, path)];
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            return new IndexedFile(path, handle, records, kind);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {problem.Message}");
        }
    }

    public Sample Read(int index)
    {
        var record = _records[index];
        var place = new RecordPlace(_path, record.Line);
        return RecordReader.Read(Bytes(record, place), place);
    }

    private ReadOnlyMemory<byte> Bytes(RecordSpan record, RecordPlace place)
    {
        var bytes = new byte[record.Length];
        var read = 0;
        try
        {
            while (read < bytes.Length)
            {
                var count = RandomAccess.Read(_file, bytes.AsSpan(read), record.Offset + read);
                if (count == 0)
                    throw new DataException(place, "the file became shorter while it was in use");
                read += count;
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new DataException(place, $"cannot be read: {problem.Message}");
        }

        return bytes;
    }
}
