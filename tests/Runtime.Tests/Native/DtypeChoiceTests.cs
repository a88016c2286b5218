using Mllm.Runtime.Native;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Native;

public class DtypeChoiceTests
{
    public DtypeChoiceTests() => TorchLibrary.Load(); // A torch.Device is a native object.

    [Theory]
    [InlineData("f32", "cpu", ScalarType.Float32)]
    [InlineData("float32", "cuda:0", ScalarType.Float32)]
    [InlineData("bf16", "cpu", ScalarType.BFloat16)]
    [InlineData("BFloat16", "cuda:0", ScalarType.BFloat16)]
    [InlineData("f16", "cuda:0", ScalarType.Float16)]
    [InlineData("auto", "cpu", ScalarType.BFloat16, "avx512_bf16")]
    [InlineData("auto", "cpu", ScalarType.Float32)]
    [InlineData("auto", "cuda:0", ScalarType.BFloat16)] // compute capability 9.0
    [InlineData("auto", "cuda:1", ScalarType.Float32)] // compute capability 7.5
    [InlineData("auto", "cuda:2", ScalarType.Float32, "avx512_bf16")] // unknown to the driver
    public void Accepted(string text, string device, ScalarType expected, params string[] instructions)
    {
        var choice = DtypeChoice.Parse(text, new Device(device), Host(instructions));
        Assert.Null(choice.Problem);
        Assert.Equal(expected, choice.Value);
        Assert.Equal(text == "auto", choice.Why.StartsWith("auto: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("f16", "cpu", "dtype 'f16' is not offered on the CPU: LibTorch computes it about 300 times slower than bf16 there; choose bf16 or f32")]
    [InlineData("half", "cpu", "dtype 'half' is not offered on the CPU: LibTorch computes it about 300 times slower than bf16 there; choose bf16 or f32")]
    [InlineData("int8", "cpu", "unknown dtype 'int8': expected auto, f32 or bf16")]
    [InlineData("int8", "cuda:0", "unknown dtype 'int8': expected auto, f32, bf16 or f16")]
    [InlineData("", "cpu", "unknown dtype '': expected auto, f32 or bf16")]
    public void Refused(string text, string device, string problem) =>
        Assert.Equal(problem, DtypeChoice.Parse(text, new Device(device), Host()).Problem);

    [Theory]
    [InlineData("f32")]
    [InlineData("bf16")]
    [InlineData("f16")]
    public void Names_read_back(string name) =>
        Assert.Equal(name, DtypeChoice.NameOf(DtypeChoice.Parse(name, new Device("cuda:0"), Host()).Value));

    private static HostFacts Host(params string[] instructions) => new("Linux", "cpu", 1, 1, new(1, 1, false), instructions,
        [new(0, "new", 9, 0, 1, null), new(1, "old", 7, 5, 1, null)]);
}
