namespace Mllm.Runtime.Data;

/// <summary>Finds the records of a JSON Lines file: its lines that are not blank.</summary>
internal static class LineIndex
{
    /// <summary>The longest record, in bytes; more is a file without line breaks rather than a record.</summary>
    private const long MaxRecord = 64L << 20;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="DataException">A line is far too long.</exception>
    public static List<RecordSpan> Of(Stream stream, string path)
    {
        var records = new List<RecordSpan>();
        var buffer = new byte[1 << 18];
        long start = 0, at = 0;
        uint line = 1;
        var blank = true;
        for (int count; (count = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0; at += count)
        {
            var rest = buffer.AsSpan(0, count);
            if (at == 0 && rest.StartsWith(ByteOrderMark))
            {
                start = ByteOrderMark.Length;
                rest = rest[ByteOrderMark.Length..];
            }

            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            {
                blank &= IsBlank(rest[..end]);
                Close(at + count - rest.Length + end);
                (start, line, blank) = (at + count - rest.Length + end + 1, line + 1, true);
            }

            blank &= IsBlank(rest);
        }

        Close(at);
        return records;

        void Close(long end)
        {
            if (blank)
                return;
            if (end - start > MaxRecord)
                throw new DataException(new RecordPlace(path, line), $"a line of {end - start} bytes; JSON Lines hold one record a line, of at most {MaxRecord} bytes");
            records.Add(new RecordSpan(start, (int)(end - start), line));
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept(" \t\r"u8);
}
