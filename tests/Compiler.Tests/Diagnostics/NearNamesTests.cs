using Mllm.Compiler.Diagnostics;
using Xunit;

namespace Mllm.Compiler.Tests.Diagnostics;

public class NearNamesTests
{
    private static readonly string[] Names = ["linear", "layer_norm", "rms_norm", "gelu", "gelu_tanh", "relu", "conv2d", "MLLM4001", "q", "k"];

    [Theory]
    [InlineData("liner", "linear")]
    [InlineData("lienar", "linear")]
    [InlineData("Linear", "linear")]
    [InlineData("layernorm", "layer_norm")]
    [InlineData("gleu", "gelu")]
    [InlineData("gel", "gelu,gelu_tanh")]
    [InlineData("conv", "conv2d")]
    [InlineData("MLLM4010", "MLLM4001")]
    [InlineData("x", "")]
    [InlineData("Q", "q")]
    [InlineData("attention", "")]
    [InlineData("", "")]
    public void Finds(string name, string expected) => Assert.Equal(expected, string.Join(",", NearNames.Find(name, Names)));
}
