using System.Diagnostics;
using Mllm.Runtime.Native;
using Mllm.Runtime.Weights;
using TorchSharp;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>Tensors from files: every dtype, mapped or converted, safe to write to, and back into files.</summary>
public class TensorReaderTests
{
    public TensorReaderTests() => TorchLibrary.Load();

    public static TheoryData<WeightDtype> Native => [.. Enum.GetValues<WeightDtype>().Where(TorchDtypes.IsNative)];

    [Theory]
    [MemberData(nameof(Native))]
    public void BytesArriveAsTheyAre(WeightDtype dtype)
    {
        var bytes = new byte[12 * dtype.Size()];
        new Random(1).NextBytes(bytes);
        foreach (var shift in (int[])[0, 1])
        {
            // Shifted by a byte, no element wider than a byte is aligned, and the tensor cannot be mapped.
            using var read = new Read(File(dtype, "3,4", bytes, shift));
            Assert.Equal([3L, 4L], read.Tensor.shape);
            Assert.Equal(TorchDtypes.InMemory(dtype), read.Tensor.dtype);
            Assert.Equal(bytes, read.Tensor.bytes.ToArray());
        }
    }

    [Fact]
    public void UnsignedNumbersAreWidened()
    {
        using var sixteen = new Read(File(WeightDtype.U16, "3", [0, 0, 255, 127, 255, 255], 0));
        Assert.Equal([0, 32767, 65535], sixteen.Tensor.data<int>().ToArray());
        using var thirtyTwo = new Read(File(WeightDtype.U32, "2", [1, 0, 0, 0, 255, 255, 255, 255], 0));
        Assert.Equal([1L, 4294967295L], thirtyTwo.Tensor.data<long>().ToArray());
        using var sixtyFour = new Read(File(WeightDtype.U64, "1", [255, 255, 255, 255, 255, 255, 255, 127], 0));
        Assert.Equal([long.MaxValue], sixtyFour.Tensor.data<long>().ToArray());
        Assert.Throws<InvalidDataException>(() => new Read(File(WeightDtype.U64, "1", [0, 0, 0, 0, 0, 0, 0, 128], 0)));
    }

    [Fact]
    public void AnyNonzeroByteIsTrue()
    {
        using var read = new Read(File(WeightDtype.BOOL, "4", [0, 1, 2, 255], 0));
        Assert.Equal([false, true, true, true], read.Tensor.data<bool>().ToArray());
        Assert.Equal([0, 1, 1, 1], read.Tensor.bytes.ToArray());
    }

    [Fact]
    public void EightBitFloatsHaveTheirValues()
    {
        var codes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        // E5M2 is the upper half of a 16-bit float.
        using var e5m2 = new Read(File(WeightDtype.F8_E5M2, "256", codes, 0));
        Assert.Equal(codes.Select(c => (float)BitConverter.UInt16BitsToHalf((ushort)(c << 8))), e5m2.Tensor.data<float>().ToArray());

        // E4M3: the format's table of special values (OCP OFP8, table 1).
        using var e4m3 = new Read(File(WeightDtype.F8_E4M3, "256", codes, 0));
        var values = e4m3.Tensor.data<float>().ToArray();
        Assert.Equal((0f, 1 / 512f, 7 / 512f, 1 / 64f, 1f, 448f), (values[0], values[1], values[7], values[8], values[0x38], values[0x7E]));
        Assert.True(float.IsNaN(values[0x7F]) && float.IsNaN(values[0xFF]) && float.IsNegative(values[0x80]));
        Assert.Equal(values[1..0x7F].Select(v => -v), values[0x81..0xFF]);
        Assert.Equal(values[..0x7F].Order(), values[..0x7F]);

        using var e8m0 = new Read(File(WeightDtype.F8_E8M0, "4", [0, 126, 130, 255], 0));
        Assert.Equal([MathF.ScaleB(1, -127), 0.5f, 8f, float.NaN], e8m0.Tensor.data<float>().ToArray());
    }

    [Fact]
    public void AnotherDtypeIsConverted()
    {
        float[] numbers = [1f, -2.5f, 3.140625f, 1.00390625f, 65504f, 1e-8f];
        var bytes = numbers.SelectMany(BitConverter.GetBytes).ToArray();
        foreach (var dtype in (torch.ScalarType[])[torch.ScalarType.BFloat16, torch.ScalarType.Float16, torch.ScalarType.Float64])
        {
            using var read = new Read(File(WeightDtype.F32, "2,3", bytes, 0), dtype);
            using var expected = torch.tensor(numbers).to(dtype).view(2, 3);
            Assert.Equal(dtype, read.Tensor.dtype);
            Assert.True(read.Tensor.eq(expected).all().item<bool>());
        }
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("0,3", 0)]
    public void ScalarsAndEmptyTensorsKeepTheirShape(string shape, int elements)
    {
        foreach (var dtype in (torch.ScalarType?[])[null, torch.ScalarType.BFloat16])
        {
            using var read = new Read(File(WeightDtype.F32, shape, new byte[4 * elements], 0), dtype);
            Assert.Equal(shape, string.Join(',', read.Tensor.shape));
        }
    }

    [Fact]
    public void WritingToATensorChangesNothingElse()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Put("x.safetensors", File(WeightDtype.F32, "4", new byte[16], 0));
        using var source = CheckpointSource.Open(path).Value!;
        using var reader = new TensorReader();
        using Scalar seven = 7, nine = 9;
        using var first = reader.Read(source.Tensors["t"], torch.CPU);
        first.fill_(seven);
        using var second = reader.Read(source.Tensors["t"], torch.CPU);

        Assert.Equal([0f, 0f, 0f, 0f], second.data<float>().ToArray());
        second.fill_(nine);
        Assert.Equal([7f, 7f, 7f, 7f], first.data<float>().ToArray());
        Assert.Equal(new byte[16], System.IO.File.ReadAllBytes(path)[^16..]);
    }

    [Fact]
    public void ATensorOutlivesItsReaderItsFileAndItsScope()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder["x.safetensors"], [Ones("a"), Ones("b")]);
        torch.Tensor b;
        using (var source = CheckpointSource.Open(folder["x.safetensors"]).Value!)
        using (var reader = new TensorReader())
        {
            using (torch.NewDisposeScope()) reader.Read(source.Tensors["a"], torch.CPU);
            b = reader.Read(source.Tensors["b"], torch.CPU);
        }
        if (!OperatingSystem.IsWindows()) System.IO.File.Delete(folder["x.safetensors"]);
        Assert.Equal([1f, 1f], b.data<float>().ToArray());
        b.Dispose();

        static TensorData Ones(string name) => TensorData.OfBytes(name, WeightDtype.F32, [2], new byte[] { 0, 0, 128, 63, 0, 0, 128, 63 });
    }

    [Fact]
    public void AStoredTensorIsMappedAndNotRead()
    {
        if (OperatingSystem.IsWindows()) return; // no sparse files there without asking for them
        const long length = 4L << 30;
        using var folder = new TemporaryFolder();
        var header = $$$"""{"t":{"dtype":"BF16","shape":[2,{{{length / 4}}}],"data_offsets":[0,{{{length}}}]}}""";
        header += new string(' ', 8 - (header.Length % 8));
        using (var stream = new FileStream(folder.Put("x.safetensors", TemporaryFolder.FileOf(header, 0)), FileMode.Open))
            stream.SetLength(8 + header.Length + length);
        using var source = CheckpointSource.Open(folder["x.safetensors"]).Value!;
        using var reader = new TensorReader();
        var before = Process.GetCurrentProcess().WorkingSet64;
        using var tensor = reader.Read(source.Tensors["t"], torch.CPU);
        var grown = Process.GetCurrentProcess().WorkingSet64 - before;

        Assert.Equal(0f, tensor[1, length / 4 - 1].to(torch.ScalarType.Float32).item<float>());
        Assert.InRange(grown, long.MinValue, length / 4);
    }

    [Fact]
    public void AFileThatWasCutShortIsNoticed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Put("x.safetensors", File(WeightDtype.F32, "4", new byte[16], 0));
        using var source = CheckpointSource.Open(path).Value!;
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(stream.Length - 4);
        using var reader = new TensorReader();

        Assert.Throws<EndOfStreamException>(() => reader.Read(source.Tensors["t"], torch.CPU, torch.ScalarType.BFloat16));
        Assert.Throws<EndOfStreamException>(() => reader.Read(source.Tensors["t"], torch.CPU));
    }

    [Fact]
    public void TensorsOfEveryKindAreWritten()
    {
        using var folder = new TemporaryFolder();
        using var scope = torch.NewDisposeScope();
        // More than one piece of the writer's and the reader's buffers.
        var large = torch.tensor(Array.ConvertAll([.. Enumerable.Range(0, 5_000_000)], i => (float)i));
        var transposed = torch.tensor(new float[] { 0, 1, 2, 3, 4, 5 }, [2, 3], torch.ScalarType.BFloat16).t();
        var scalar = torch.tensor(2.5, torch.ScalarType.Float64);
        var flags = torch.tensor(new[] { true, false });
        var trained = torch.ones(2, 2, requires_grad: true);
        (string Name, torch.Tensor Tensor)[] tensors = [("large", large), ("transposed", transposed), ("scalar", scalar), ("flags", flags), ("trained", trained)];
        SafetensorsWriter.Write(folder["x.safetensors"], tensors.Select(t => new TorchTensorData(t.Name, t.Tensor)));

        using var source = CheckpointSource.Open(folder["x.safetensors"]).Value!;
        using var reader = new TensorReader();
        foreach (var (name, tensor) in tensors)
        {
            var read = reader.Read(source.Tensors[name], torch.CPU);
            Assert.Equal((tensor.dtype, string.Join(',', tensor.shape)), (read.dtype, string.Join(',', read.shape)));
            Assert.True(read.eq(tensor).all().item<bool>(), name);
        }
        var wide = reader.Read(source.Tensors["large"], torch.CPU, torch.ScalarType.Float64);
        Assert.True(wide.eq(large.to(torch.ScalarType.Float64)).all().item<bool>());
    }

    // One tensor `t`; its data begin at a multiple of eight bytes, or `shift` behind one.
    private static byte[] File(WeightDtype dtype, string shape, byte[] data, int shift)
    {
        var header = $$$"""{"t":{"dtype":"{{{dtype}}}","shape":[{{{shape}}}],"data_offsets":[0,{{{data.Length}}}]}}""";
        header += new string(' ', (8 - (header.Length % 8)) % 8 + shift);
        return [.. TemporaryFolder.FileOf(header, 0), .. data];
    }

    /// <summary>The tensor of a one-tensor file, with all that must be closed after it.</summary>
    private sealed class Read : IDisposable
    {
        private readonly TemporaryFolder folder = new();
        private readonly TensorReader reader = new();

        public Read(byte[] file, torch.ScalarType? dtype = null)
        {
            using var source = CheckpointSource.Open(folder.Put("x.safetensors", file)).Value!;
            Tensor = reader.Read(source.Tensors["t"], torch.CPU, dtype);
        }

        public torch.Tensor Tensor { get; }

        public void Dispose()
        {
            Tensor.Dispose();
            reader.Dispose();
            folder.Dispose();
        }
    }
}
