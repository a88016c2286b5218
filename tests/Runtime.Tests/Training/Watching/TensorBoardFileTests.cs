using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Mllm.Runtime.Training.Watching;
using Tensorboard;
using Xunit;

namespace Mllm.Runtime.Tests.Training.Watching;

public class TensorBoardFileTests
{
    private readonly string _folder = Reports.Folder();

    [Theory]
    [InlineData("123456789", 0xe3069283)] // the check value of CRC-32C in the catalogue of parametrised CRC algorithms
    [InlineData("", 0u)]
    public void The_checksum_is_crc_32c(string text, uint expected) => Assert.Equal(expected, EventStream.Crc(Encoding.ASCII.GetBytes(text)));

    /// <summary>RFC 3720, appendix B.4: 32 bytes of zeros give aa 36 91 8a.</summary>
    [Fact]
    public void The_checksum_of_zeros_is_the_one_of_rfc_3720() => Assert.Equal(0x8a9136aau, EventStream.Crc(new byte[32]));

    [Fact]
    public void Events_hold_every_scalar_of_a_step()
    {
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        using (var board = new TensorBoardFile(_folder))
            board.Train("align", 0, 2);
        var events = Records(Assert.Single(Files("align")));
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal([1L, 2], events.Where(e => e.Summary is not null).Select(e => e.Step));
        Assert.Equal(
            [("loss", 2f), ("terms/itc", 0.25f), ("terms/lm", 2f), ("lr", 0.002f), ("grad_norm", 0.5f), ("tokens_per_s", 2004f), ("images_per_s", 16f)],
            events[^1].Summary.Value.Select(v => (v.Tag, v.SimpleValue)));
        Assert.All(events, e => Assert.InRange(e.WallTime, before, before + 3600.0));
    }

    [Fact]
    public void Each_stage_has_a_folder_and_each_process_a_file_that_says_where_it_goes_on()
    {
        using (var board = new TensorBoardFile(_folder))
        {
            board.Train("one", 0, 10);
            board.Train("two", 0, 6);
        }
        using (var board = new TensorBoardFile(_folder))
            board.Train("two", 4, 10);
        Assert.Single(Files("one"));
        var files = Files("two");
        Assert.Equal(2, files.Length);
        Assert.True(string.CompareOrdinal(files[0], files[1]) < 0);
        var start = Records(files[1])[1];
        Assert.Equal((5L, SessionLog.Types.SessionStatus.Start), (start.Step, start.SessionLog.Status));
        Assert.DoesNotContain(Environment.MachineName, Path.GetFileName(files[0]));
    }

    private string[] Files(string stage) => [.. Directory.GetFiles(Path.Combine(_folder, stage), "events.out.tfevents.*").Order(StringComparer.Ordinal)];

    /// <summary>Reads the framing as TensorFlow's documentation of TFRecord gives it, and checks both checksums of each record.</summary>
    private static List<Event> Records(string path)
    {
        var bytes = File.ReadAllBytes(path).AsSpan();
        List<Event> events = [];
        while (bytes.Length > 0)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
            Assert.Equal(Masked(bytes[..8]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
            var data = bytes[12..(12 + length)];
            Assert.Equal(Masked(data), BinaryPrimitives.ReadUInt32LittleEndian(bytes[(12 + length)..]));
            var item = new Event();
            item.MergeFrom(new CodedInputStream(data.ToArray()));
            events.Add(item);
            bytes = bytes[(16 + length)..];
        }
        return events;
    }

    /// <summary>The definition, bit by bit, apart from the code under test.</summary>
    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = 0xffffffffu;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
        }
        crc = ~crc;
        return unchecked((crc >> 15 | crc << 17) + 0xa282ead8);
    }
}
