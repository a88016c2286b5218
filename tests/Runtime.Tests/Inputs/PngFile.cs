using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Mllm.Runtime.Tests.Inputs;

/// <summary>Writes PNG files of any colour type by hand, so that decoding is tested against known values.</summary>
internal static class PngFile
{
    public const byte Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, Rgba = 6;

    /// <param name="rows">The unfiltered bytes of each row.</param>
    /// <param name="chunks">Further chunks (PLTE, tRNS, gAMA) between header and data.</param>
    public static byte[] Write(int width, int height, byte colourType, byte bits, byte[][] rows, params (string Name, byte[] Content)[] chunks)
    {
        var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk(file, "IHDR", [.. BigEndian(width), .. BigEndian(height), bits, colourType, 0, 0, 0]);
        foreach ((string name, byte[] content) in chunks)
        {
            Chunk(file, name, content);
        }

        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (byte[] row in rows)
            {
                zlib.WriteByte(0);
                zlib.Write(row);
            }
        }

        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    public static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static void Chunk(MemoryStream file, string name, byte[] content)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(name), .. content];
        file.Write(BigEndian(content.Length));
        file.Write(body);
        file.Write(BigEndian((int)Crc(body)));
    }

    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0xEDB88320u);
            }
        }

        return ~crc;
    }
}
