using System.Buffers.Binary;
using Mllm.Runtime.Native;
using Mllm.Runtime.Tests.Inputs;
using Mllm.Runtime.Weights;
using Mllm.Runtime.Weights.Pickled;
using TorchSharp;
using Xunit;
using static Mllm.Runtime.Tests.Weights.Pickled.PickleWriter;

namespace Mllm.Runtime.Tests.Weights.Pickled;

/// <summary>Files as <c>torch.save</c> writes them, in both formats: names, shapes and every number.</summary>
public class TorchFileTests
{
    public TorchFileTests() => TorchLibrary.Load();

    // name | dtype | shape | values, row by row
    private static readonly (string Name, WeightDtype Dtype, long[] Shape, double[] Values)[] Everything =
    [
        ("float", WeightDtype.F32, [2, 3], Upwards(0, 6)),
        ("double", WeightDtype.F64, [2, 3], Upwards(0, 6)),
        ("half", WeightDtype.F16, [2, 3], Upwards(0, 6)),
        ("long", WeightDtype.I64, [2, 3], Upwards(0, 6)),
        ("int", WeightDtype.I32, [2, 3], Upwards(0, 6)),
        ("short", WeightDtype.I16, [2, 3], Upwards(0, 6)),
        ("char", WeightDtype.I8, [2, 3], Upwards(0, 6)),
        ("byte", WeightDtype.U8, [2, 3], Upwards(0, 6)),
        ("bool", WeightDtype.BOOL, [2, 3], [0, 1, 0, 1, 0, 1]),
        ("bfloat16", WeightDtype.BF16, [2, 3], Upwards(0, 6)),
        ("tied.a", WeightDtype.F32, [4, 6], Upwards(0, 24)),
        ("tied.b", WeightDtype.F32, [4, 6], Upwards(0, 24)),
        ("transposed", WeightDtype.F32, [6, 4], Of(6, 4, (i, j) => i + 6 * j)),
        ("rows", WeightDtype.F32, [2, 6], Upwards(12, 12)),
        ("columns", WeightDtype.F32, [4, 2], Of(4, 2, (i, j) => 3 + 6 * i + j)),
        ("repeated", WeightDtype.F32, [3, 2], [5, 6, 5, 6, 5, 6]),
        ("permuted", WeightDtype.F32, [2, 4, 3], Of(8, 3, (i, j) => i / 4 + 6 * (i % 4) + 2 * j)),
        ("scalar", WeightDtype.F32, [], [7]),
        ("empty", WeightDtype.F16, [0, 5], []),
        ("parameter", WeightDtype.F16, [2, 2], Upwards(10, 4)),
        ("first.version", WeightDtype.I32, [3], Upwards(5, 3)),
    ];

    private static string Fixture(string name) => Path.Combine(TestFiles.Root, "tests", "checkpoints", "torch", name);

    [Theory]
    [InlineData("everything.pt")]
    [InlineData("everything-legacy.pt")]
    [InlineData("everything-big-endian.pt")]
    public void EveryNumberIsRead(string name)
    {
        using var source = CheckpointSource.Open(Fixture(name)).Value!;
        using var reader = new TensorReader();
        var file = Assert.Single(source.Files);

        Assert.Equal(Everything.Select(e => e.Name), file.Entries.Select(e => e.Name));
        Assert.Empty(source.Aside);
        foreach (var (tensor, dtype, shape, values) in Everything)
        {
            var entry = source.Tensors[tensor];
            Assert.Equal((tensor, dtype), (tensor, entry.Entry.Dtype));
            Assert.Equal(shape, entry.Entry.Shape);
            using var read = reader.Read(entry, torch.CPU);
            Assert.True(read.is_contiguous());
            Assert.Equal(shape, read.shape);
            using var doubles = read.to(torch.ScalarType.Float64).contiguous();
            // An accessor cannot copy what has no elements.
            Assert.Equal(values, doubles.NumberOfElements == 0 ? [] : doubles.data<double>().ToArray());
        }
    }

    [Fact]
    public void TiedTensorsAreNotTiedInMemory()
    {
        using var source = CheckpointSource.Open(Fixture("everything.pt")).Value!;
        using var reader = new TensorReader();
        using var a = reader.Read(source.Tensors["tied.a"], torch.CPU);
        using var b = reader.Read(source.Tensors["tied.b"], torch.CPU);
        using var rows = reader.Read(source.Tensors["rows"], torch.CPU);
        a.zero_();

        Assert.Equal(23, b[3, 5].item<float>());
        Assert.Equal(23, rows[1, 5].item<float>());
    }

    [Fact]
    public void APieceOfAStridedTensorBeginsAnywhere()
    {
        using var file = TorchFile.Open(Fixture("everything.pt")).Value!;
        var piece = new byte[12];
        file.Read(file.Find("transposed")!, 20, piece);

        Assert.Equal([7f, 13f, 19f], Enumerable.Range(0, 3).Select(i => BinaryPrimitives.ReadSingleLittleEndian(piece.AsSpan(4 * i))));
    }

    [Theory]
    [InlineData("trained-protocol-1.pth")]
    [InlineData("trained-protocol-2.pth")]
    [InlineData("trained-protocol-3.pth")]
    [InlineData("trained-protocol-4.pth")]
    [InlineData("trained-protocol-5.pth")]
    [InlineData("trained-legacy.pth")]
    public void ATrainingStateIsItsModelAndWhatIsBesideIt(string name)
    {
        using var source = CheckpointSource.Open(Fixture(name)).Value!;

        Assert.Equal(["module.lm.weight"], source.Tensors.Keys);
        Assert.Equal(Upwards(0, 6).Select(d => (float)d), source.Files[0].ReadBytes(source.Tensors["module.lm.weight"].Entry).Chunk(4).Select(b => BitConverter.ToSingle(b)));
        Assert.Equal(
            "optimizer (a dict of 2), epoch (an integer), lr (a number), name (a text), raw (bytes), done (True), none (None), "
            + "set (a set of 2), big (an integer), module.lm.count (an integer)", string.Join(", ", source.Aside));
    }

    // the saved object | its tensors
    public static TheoryData<string, string> Objects => new()
    {
        { Dict(("w", W)), "w" },
        { Dict(("state_dict", Dict(("w", W)))), "w" },
        { Dict(("model_state_dict", Dict(("w", W)))), "w" },
        { Dict(("module", Dict(("w", W)))), "w" },
        { Dict(("state_dict", Dict(("model", Dict(("w", W)))))), "w" },
        { Dict(("loss", W), ("model", Dict(("w", W)))), "w" },
        { Dict(("state_dict", Dict(("s", W))), ("model", Dict(("m", W)))), "m" },
        { Dict(("model", Int(3)), ("w", W)), "w" },
        { Dict(("model", Dict(("epoch", Int(3)))), ("w", W)), "w" },
        { Dict(("w", W), ("nested", Dict(("v", W)))), "w" },
    };

    [Theory]
    [MemberData(nameof(Objects))]
    public void TheStateDictIsFound(string saved, string tensors)
    {
        using var folder = new TemporaryFolder();
        using var file = TorchFile.Open(folder.Put("x.pt", PickleWriter.File(saved))).Value!;
        Assert.Equal(tensors, string.Join(' ', file.Entries.Select(e => e.Name)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFileOfFiveGigabytesIsOpenedByItsHeadersAlone(bool isWide)
    {
        const long zeros = 5L << 30;
        using var folder = new TemporaryFolder();
        using (var stream = new FileStream(folder["big.pt"], FileMode.CreateNew))
        {
            var zip = new ZipWriter(stream, isWide: true);
            zip.Add("big/data.pkl", Pickle(Dict(
                ("first", Tensor(Storage("Float", "0", (zeros / 4) + 2), 0, Ints(1024), Ints(1))),
                ("last", Tensor(Storage("Float", "0", (zeros / 4) + 2), zeros / 4, Ints(2), Ints(1))))));
            if (isWide) zip.Add("big/byteorder", "little"u8.ToArray());
            zip.AddSparse("big/data/0", zeros, [.. BitConverter.GetBytes(2.5f), .. BitConverter.GetBytes(-1f)]);
            zip.Finish();
        }
        using var file = TorchFile.Open(folder["big.pt"]).Value!;

        Assert.InRange(file.BytesRead, 1, 4000);
        Assert.Equal([.. BitConverter.GetBytes(2.5f), .. BitConverter.GetBytes(-1f)], file.ReadBytes(file.Find("last")!));
    }

    private static string W => Tensor(Storage("Float", "0", 6), 0, Ints(2, 3), Ints(3, 1));

    private static double[] Upwards(int first, int count) => [.. Enumerable.Range(first, count).Select(i => (double)i)];

    private static double[] Of(int rows, int columns, Func<int, int, double> value) =>
        [.. Enumerable.Range(0, rows * columns).Select(i => value(i / columns, i % columns))];
}
