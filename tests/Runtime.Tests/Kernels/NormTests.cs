using Mllm.Compiler.Ir;
using TorchSharp;
using Xunit;

namespace Mllm.Runtime.Tests.Kernels;

public class NormTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Layer_norm(bool affine, bool bias) => KernelCheck.Compare("layer_norm", [Operand.Float(4, 16)], (v, p) =>
    {
        var x = v[0]!;
        return Nd.Make(x.Shape, i =>
        {
            var line = Enumerable.Range(0, 16).Select(k => x[i[0], k]).ToArray();
            var mean = line.Sum() / 16;
            var variance = line.Sum(e => (e - mean) * (e - mean)) / 16;
            return (x[i] - mean) / Math.Sqrt(variance + 1e-3) * (affine ? p["weight"][i[1]] : 1) + (bias ? p["bias"][i[1]] : 0);
        });
    }, steps: 64, scale: 2, attributes: [("dim", (Constant)16), ("eps", (Constant)1e-3), ("affine", (Constant)affine), ("bias", (Constant)bias)]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rms_norm(bool affine) => KernelCheck.Compare("rms_norm", [Operand.Float(4, 16)], (v, p) => Rms(v[0]!, affine ? p["weight"] : null),
        steps: 32, scale: 2, attributes: [("dim", (Constant)16), ("eps", (Constant)1e-3), ("affine", (Constant)affine)]);

    [Fact]
    public void Rms_norm_of_bfloat16_rounds_twice_only()
    {
        // Two roundings of at most half an epsilon each, of values up to 4: the statistics themselves are in float32.
        KernelCheck.Compare("rms_norm", [Operand.Float(4, 512)], (v, p) => Rms(v[0]!, p["weight"]), steps: 1.01, scale: 4, dtypes: [torch.ScalarType.BFloat16],
            attributes: [("dim", (Constant)512), ("eps", (Constant)1e-3)]);
    }

    private static Nd Rms(Nd x, Nd? weight) => Nd.Make(x.Shape, i =>
    {
        var squares = Enumerable.Range(0, x.Shape[1]).Sum(k => x[i[0], k] * x[i[0], k]);
        return x[i] / Math.Sqrt(squares / x.Shape[1] + 1e-3) * (weight?[i[1]] ?? 1);
    });
}
