using System.Text;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>
/// A stretch of a file, read from its start in small pieces: what follows the pickles, the tensors, is never read. Every
/// method gives an error where the stretch ends too early.
/// </summary>
internal sealed class PickleInput
{
    /// <summary>More bytes than this of pickles are refused; a large model's have a few hundred thousand.</summary>
    public const long Longest = 64L << 20;

    private readonly FileBytes file;
    private readonly long start;
    private readonly long end;
    private readonly byte[] buffer = new byte[16 << 10];
    private long filledTo;
    private int at;
    private int filled;

    public PickleInput(FileBytes file, long start, long end)
    {
        (this.file, this.start, this.end) = (file, start, end);
        filledTo = start;
    }

    /// <summary>The file's name, for errors.</summary>
    public string Path => file.Path;

    /// <summary>The position in the file of the next byte.</summary>
    public long Position => filledTo - filled + at;

    public byte Byte()
    {
        if (at == filled) Fill();
        return buffer[at++];
    }

    /// <summary>The next bytes, as many as <paramref name="count"/>; what a file claims is believed only if it is that long.</summary>
    public byte[] Bytes(long count)
    {
        if (count < 0 || count > end - Position) throw Malformed($"it ends within a value of {SafetensorsErrors.Bytes(count)}");
        if (count > start + Longest - Position) throw TooLong();
        var bytes = new byte[count];
        var done = Math.Min(filled - at, (int)count);
        buffer.AsSpan(at, done).CopyTo(bytes);
        at += done;
        if (done == count) return bytes;
        file.Read(filledTo, bytes.AsSpan(done));
        (filledTo, at, filled) = (filledTo + count - done, 0, 0);
        return bytes;
    }

    /// <summary>A little-endian number of <paramref name="count"/> bytes without a sign.</summary>
    public long Unsigned(int count)
    {
        var number = 0UL;
        for (var i = 0; i < count; i++) number |= (ulong)Byte() << (8 * i);
        return number <= long.MaxValue ? (long)number : throw Malformed("a length does not fit 63 bits");
    }

    /// <summary>The text up to the next line break, which is consumed too.</summary>
    public string Line(int longest)
    {
        var line = new List<byte>();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            if (line.Count == longest) throw Malformed($"a line is longer than {SafetensorsErrors.Bytes(longest)}");
            line.Add(next);
        }
        return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');
    }

    public RefusedException Malformed(string reason) => new(PickleErrors.Malformed(Path, reason, Position));

    private void Fill()
    {
        var count = (int)Math.Min(buffer.Length, end - filledTo);
        if (count <= 0) throw Malformed("it ends too early");
        if (filledTo - start >= Longest) throw TooLong();
        file.Read(filledTo, buffer.AsSpan(0, count));
        (filledTo, at, filled) = (filledTo + count, 0, count);
    }

    private RefusedException TooLong() => new(PickleErrors.TooLarge(Path, $"it has more than {SafetensorsErrors.Bytes(Longest)}", Longest));
}
