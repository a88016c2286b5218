using Mllm.Runtime.Tests.Inputs;
using Mllm.Runtime.Weights;
using Mllm.Runtime.Weights.Pickled;
using Xunit;
using static Mllm.Runtime.Tests.Weights.Pickled.PickleWriter;

namespace Mllm.Runtime.Tests.Weights.Pickled;

/// <summary>Pickles that ask for something, or lie: each is refused with its own error, and nothing is done or thrown.</summary>
public class HostilePickleTests
{
    private static string W => Tensor(Storage("Float", "0", 6), 0, Ints(2, 3), Ints(3, 1));

    private static string View(long offset, string shape, string strides) => Dict(("w", Tensor(Storage("Float", "0", 6), offset, shape, strides)));

    // what the pickle holds | code | part of the rendering | the pickle
    public static TheoryData<string, string, string, string> Bodies => new()
    {
        { "a call of the shell", "MLLM6050", "names `posix.system`", $"{Global("posix", "system")}{Tuple(Text("touch x"))}R" },
        { "a name alone", "MLLM6050", "names `builtins.eval`", Global("builtins", "eval") },
        { "a name beside tensors", "MLLM6050", "names `builtins.getattr`", Dict(("w", W), ("x", Global("builtins", "getattr"))) },
        { "a name from the stack", "MLLM6050", "names `os.system`", $"{Text("os")}{Text("system")}\u0093" },
        { "a name with dots", "MLLM6050", "names `torch.os.system`", $"{Text("torch")}{Text("os.system")}\u0093" },
        { "a neighbour of a known name", "MLLM6050", "names `torch._utils._rebuild_qtensor`", Global("torch._utils", "_rebuild_qtensor") },
        { "the loader itself", "MLLM6050", "names `torch.storage._load_from_bytes`", Global("torch.storage", "_load_from_bytes") },
        { "a module", "MLLM6050", "names `torch.nn.modules.linear.Linear`", Global("torch.nn.modules.linear", "Linear") },
        { "an instance", "MLLM6050", "names `os.popen`", "(" + Text("ls") + "ios\npopen\n" },
        { "an instance of a known class", "MLLM6050", "an object made by INST", "(icollections\nOrderedDict\n" },
        { "an object", "MLLM6050", "an object of collections.OrderedDict", "(" + Global("collections", "OrderedDict") + "o" },
        { "an object by new", "MLLM6050", "an object of collections.OrderedDict", Global("collections", "OrderedDict") + ")\u0081" },
        { "an object by new with names", "MLLM6050", "an object of collections.OrderedDict", Global("collections", "OrderedDict") + ")}\u0092" },
        { "a call of a value", "MLLM6050", "a call of a text", Text("x") + ")R" },
        { "attributes of a dict", "MLLM6050", "attributes of an empty dict", "}}b" },
        { "attributes of a tensor", "MLLM6050", "attributes of a tensor [2, 3]", W + "}b" },
        { "an extension", "MLLM6050", "the extension 7", "\u0082\u0007" },
        { "a buffer", "MLLM6050", "a buffer from outside", "\u0097" },
        { "a persistent module", "MLLM6050", "a persistent module", Tuple(Text("module"), Text("m")) + "Q" },
        { "a persistent line", "MLLM6050", "the object `m`", "Pm\n" },
        { "a storage's class is called", "MLLM6051", "torch.FloatStorage is called with other arguments", Global("torch", "FloatStorage") + ")R" },
        { "no opcode", "MLLM6051", "0xff is no opcode", "\u00ff" },
        { "a newer protocol", "MLLM6051", "protocol 6 is unknown", "\u0080\u0006" },
        { "nothing on the stack", "MLLM6051", "a value is missing", "0" },
        { "nothing to remember", "MLLM6051", "a value is missing", "q\u0000" },
        { "nothing remembered", "MLLM6051", "nothing was remembered as 4", "h\u0004" },
        { "no mark", "MLLM6051", "a mark is missing", "t" },
        { "a value below the mark is taken", "MLLM6051", "a value is missing", "N(\u0085" },
        { "half a pair", "MLLM6051", "a key has no value", "}(Nu" },
        { "items of a tuple", "MLLM6051", "items are put into a tuple of 0", ")(Ne" },
        { "keys of a list", "MLLM6051", "keys are put into a list of 0", "](NNu" },
        { "values left over", "MLLM6051", "values left over", "NN" },
        { "a mark left over", "MLLM6051", "values left over", "N(" },
        { "a text longer than the file", "MLLM6051", "it ends within a value of 2,147,483,647 bytes", "X\u00ff\u00ff\u00ff\u007f" },
        { "a text of 2^64 bytes", "MLLM6051", "a length does not fit 63 bits", "\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff" },
        { "bytes of 2^62 bytes", "MLLM6051", "it ends within a value of 4,611,686,018,427,387,904 bytes", "\u008e\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0040" },
        { "an integer of 256 bytes", "MLLM6051", "more than 255 bytes", "\u008b\u0000\u0001\u0000\u0000" },
        { "an integer of 2000 digits", "MLLM6051", "a line is longer than 1,000 bytes", $"L{new string('9', 2000)}L\n" },
        { "an integer of letters", "MLLM6051", "an integer is none", "Iseven\n" },
        { "a shape of text", "MLLM6051", "a shape is a text", View(0, Text("2"), Ints(1)) },
        { "a shape of texts", "MLLM6051", "a shape holds a text", View(0, Tuple(Text("2")), Ints(1)) },
        { "a shape of 33 axes", "MLLM6051", "a shape has 33 axes", View(0, Ints(Enumerable.Repeat(1L, 33)), Ints(Enumerable.Repeat(1L, 33))) },
        { "fewer strides than sizes", "MLLM6051", "2 sizes and 1 strides", View(0, Ints(2, 3), Ints(1)) },
        { "a tensor of no storage", "MLLM6051", "torch._utils._rebuild_tensor_v2 is called", Tensor(Text("x"), 0, Ints(1), Ints(1)) },
        { "a storage of a negative length", "MLLM6051", "a storage is not named", Dict(("w", Tensor(Storage("Float", "0", -6), 0, Ints(1), Ints(1)))) },
        { "a storage that is not there", "MLLM6056", "the storage `7` is not in the archive", Dict(("w", Tensor(Storage("Float", "7", 6), 0, Ints(6), Ints(1)))) },
        { "a storage outside the folder", "MLLM6056", "the storage `../data.pkl` is not in the archive", Dict(("w", Tensor(Storage("Byte", "../data.pkl", 6), 0, Ints(6), Ints(1)))) },
        { "a storage longer than its entry", "MLLM6056", "has 24 bytes, fewer than its 7 elements", Dict(("w", Tensor(Storage("Float", "0", 7), 0, Ints(6), Ints(1)))) },
        { "a storage of 2^63 bytes", "MLLM6056", "fewer than its 4,611,686,018,427,387,904 elements", Dict(("w", Tensor(Storage("Float", "0", 1L << 62), 0, Ints(6), Ints(1)))) },
        { "a wider type than the storage has", "MLLM6056", "has 24 bytes, fewer than its 6 elements", Dict(("w", Tensor(Storage("Double", "0", 6), 0, Ints(6), Ints(1)))) },
        { "a negative size", "MLLM6057", "has a negative size", View(0, Ints(-2, -3), Ints(3, 1)) },
        { "negative strides", "MLLM6057", "are negative", View(5, Ints(2, 3), Ints(-3, -1)) },
        { "an offset in front of the storage", "MLLM6057", "1 elements in front", View(-1, Ints(2, 3), Ints(3, 1)) },
        { "the least offset", "MLLM6057", "9223372036854775808 elements in front", View(long.MinValue, Ints(2, 3), Ints(3, 1)) },
        { "an offset behind the storage", "MLLM6057", "its last element is number 6", View(1, Ints(2, 3), Ints(3, 1)) },
        { "an offset that overflows", "MLLM6057", "its last element is number", View(long.MaxValue, Ints(2, 3), Ints(3, 1)) },
        { "strides beyond the storage", "MLLM6057", "its last element is number 7", View(0, Ints(2, 3), Ints(3, 2)) },
        { "strides that overflow", "MLLM6057", "its last element is number", View(0, Ints(2, 3), Ints(long.MaxValue, 1)) },
        { "a size that overflows", "MLLM6057", "more elements than the file", View(0, Ints(1L << 32, 1L << 32), Ints(0, 0)) },
        { "one element repeated into terabytes", "MLLM6057", "more elements than the file", View(0, Ints(1L << 40), Ints(0)) },
        { "no tensors", "MLLM6058", "a dict of epoch (an integer)", Dict(("epoch", Int(3))) },
        { "a tensor alone", "MLLM6058", "a tensor [2, 3]", W },
        { "a dict that holds itself", "MLLM6058", "a dict of model (a dict of 1)", "}q\u0000" + Text("model") + "h\u0000s" },
        { "a list that holds itself", "MLLM6058", "a list of 1", "]q\u0000h\u0000a" },
        { "a key twice", "MLLM6059", "the key `w` twice", Dict(("w", W), ("w", Int(3))) },
        { "a key twice by pairs", "MLLM6059", "the key `w` twice", $"{Global("collections", "OrderedDict")}{Tuple(Tuple(Tuple(Text("w"), W), Tuple(Text("w"), W)))}R" },
        { "a quantised tensor", "MLLM6060", "has the dtype qint8", Dict(("w", Tensor(Storage("QInt8", "0", 6), 0, Ints(6), Ints(1)))) },
        { "nested a million deep", "MLLM6058", "a list of 1", string.Concat(Enumerable.Repeat("(", 1_000_000)) + "N" + string.Concat(Enumerable.Repeat("l", 1_000_000)) },
        { "a text copied again and again", "MLLM6052", "too many steps", $"{Global("_codecs", "encode")}q\u0000{Text(new string('a', 50_000))}{Text("latin1")}\u0086q\u0001" + string.Concat(Enumerable.Repeat("h\u0000h\u0001R0", 500)) },
        { "a list copied again and again", "MLLM6052", "too many steps", $"{Global("collections", "OrderedDict")}q\u0000({string.Concat(Enumerable.Repeat("NN\u0086", 20_000))}l\u0085q\u0001" + string.Concat(Enumerable.Repeat("h\u0000h\u0001R0", 1100)) },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void ThePickleIsRefused(string what, string code, string says, string body)
    {
        using var folder = new TemporaryFolder();
        var result = TorchFile.Open(folder.Put("x.pt", PickleWriter.File(body)));

        Assert.False(result.Ok, what);
        var error = Assert.Single(result.Errors);
        Assert.Equal((code, folder["x.pt"]), (error.Code, error.File));
        Assert.Contains(says, error.Render());
    }

    [Fact]
    public void WhatIsNamedBesideTheModelCountsToo()
    {
        using var folder = new TemporaryFolder();
        var body = Dict(("model", Dict(("w", W))), ("args", $"{Global("argparse", "Namespace")})\u0081"));
        Assert.Equal("""
            error[MLLM6050]: the file is refused because it names `argparse.Namespace`
              --> x.pt
               = found: `argparse.Namespace` at byte 229
               = expected: tensors, numbers, text and plain containers of them
            """, folder.Anonymous(Assert.Single(TorchFile.Open(folder.Put("x.pt", PickleWriter.File(body))).Errors).Render()));
    }

    // content | code
    public static TheoryData<string, byte[], string> Files => new()
    {
        { "nothing", [], "MLLM6053" },
        { "one byte", [0x80], "MLLM6053" },
        { "text", "<html>"u8.ToArray(), "MLLM6053" },
        { "a pickle of an integer", Pickle(Int(3)), "MLLM6053" },
        { "a pickle that asks for the shell", Pickle($"{Global("posix", "system")}{Tuple(Text("ls"))}R"), "MLLM6050" },
        { "a zip archive of nothing", Zip([]), "MLLM6053" },
        { "a zip archive of something else", Zip([("a.npy", 3)]), "MLLM6053" },
        { "two objects", Zip([("a/data.pkl", 3), ("b/data.pkl", 3)]), "MLLM6053" },
        { "an entry twice", Zip([("a/data.pkl", 3), ("a/data.pkl", 3)]), "MLLM6054" },
        { "the start of a zip archive", [.. "PK\u0003\u0004"u8, .. new byte[100]], "MLLM6054" },
        { "an unknown byte order", Zip([("a/data.pkl", 3), ("a/byteorder", 3)]), "MLLM6054" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void TheFileIsRefused(string what, byte[] content, string code)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal((what, code), (what, Assert.Single(TorchFile.Open(folder.Put("x.pt", content)).Errors).Code));
    }

    [Fact]
    public void AFileThatIsNotThereIsSaidToBeMissing() =>
        Assert.Equal("MLLM6001", Assert.Single(TorchFile.Open(Path.Combine(Path.GetTempPath(), "no-such-file.pt")).Errors).Code);

    [Theory]
    [InlineData("everything.pt")]
    [InlineData("everything-legacy.pt")]
    [InlineData("trained-protocol-4.pth")]
    [InlineData("trained-legacy.pth")]
    public void NoCutAndNoFlippedByteThrows(string name)
    {
        var whole = System.IO.File.ReadAllBytes(Path.Combine(TestFiles.Root, "tests", "checkpoints", "torch", name));
        var random = new Random(1);
        using var folder = new TemporaryFolder();
        var refused = 0;
        for (var round = 0; round < 1500; round++)
        {
            var bytes = whole.AsSpan(0, round % 3 == 0 ? random.Next(whole.Length) : whole.Length).ToArray();
            for (var flips = round % 3; flips > 0 && bytes.Length > 0; flips--) bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            var result = TorchFile.Open(folder.Put("x.pt", bytes));
            if (result.Ok)
            {
                using var file = result.Value;
                // What was proved must hold: every tensor can be read.
                foreach (var entry in file.Entries) file.ReadBytes(entry);
            }
            else
            {
                refused++;
                Assert.All(result.Errors, e => Assert.InRange(e.Code, "MLLM6050", "MLLM6060"));
            }
        }
        Assert.InRange(refused, 500, 1500);
    }

    private static byte[] Zip((string Name, int Length)[] entries)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        zip.Add("version", [3]);
        foreach (var (name, length) in entries) zip.Add(name, new byte[length]);
        zip.Finish();
        return stream.ToArray();
    }
}
