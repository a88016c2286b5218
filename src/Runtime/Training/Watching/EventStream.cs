using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Tensorboard;

namespace Mllm.Runtime.Training.Watching;

/// <summary>
/// A new file of TFRecords: for each, its length (8 bytes, little-endian), that length's masked CRC, its bytes and their masked CRC (4 bytes each).
/// TorchSharp's SummaryWriter has the same framing, but puts the host's name into the file's, opens the file for each number, and gives times in a unit that TensorBoard does not read.
/// </summary>
internal sealed class EventStream(string path) : IDisposable
{
    private readonly FileStream _stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);

    public void Write(Event item)
    {
        var bytes = item.ToByteArray();
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(head, bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedCrc(head[..8]));
        Span<byte> tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(bytes));
        _stream.Write(head);
        _stream.Write(bytes);
        _stream.Write(tail);
    }

    public void Flush() => _stream.Flush();

    public void Dispose() => _stream.Dispose();

    /// <summary>CRC-32C (Castagnoli), turned right by 15 bits and moved by a constant, so that a CRC over data that hold CRCs stays strong.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Crc(data), 15) + 0xa282ead8;

    internal static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }
}
