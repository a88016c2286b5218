using Mllm.Compiler.Ir;
using Xunit;

namespace Mllm.Runtime.Tests.Kernels;

public class LinearTests
{
    [Theory]
    [InlineData(true, "4,5")]
    [InlineData(false, "4,5")]
    [InlineData(true, "5")]
    [InlineData(true, "2,3,5")]
    public void Linear_maps_the_last_axis(bool bias, string shape) =>
        KernelCheck.Compare("linear", [Operand.Float([.. shape.Split(',').Select(int.Parse)])], (v, p) => Product(v[0]!, p["weight"], bias ? p["bias"] : null),
            steps: 6, scale: 6, attributes: [("in", (Constant)5), ("out", (Constant)7), ("bias", (Constant)bias)]);

    [Theory]
    [InlineData(true, "4,5")]
    [InlineData(false, "2,3,5")]
    public void A_transposed_weight_is_stored_by_input(bool bias, string shape) =>
        KernelCheck.Compare("linear", [Operand.Float([.. shape.Split(',').Select(int.Parse)])], (v, p) => Product(v[0]!, Turned(p["weight"]), bias ? p["bias"] : null),
            steps: 6, scale: 6, attributes: [("in", (Constant)5), ("out", (Constant)7), ("bias", (Constant)bias), ("transposed", (Constant)true)]);

    [Fact]
    public void Embedding_looks_ids_up() => KernelCheck.Compare("embedding", [Operand.Ids(9, 6)],
        (v, p) => Nd.Make([6, 4], i => p["weight"][(int)v[0]![i[0]], i[1]]), steps: 0, attributes: [("vocab", (Constant)9), ("dim", (Constant)4)]);

    [Theory]
    [InlineData("6,4")]
    [InlineData("4")]
    public void Unembedding_multiplies_by_the_table(string shape) =>
        KernelCheck.Compare("embedding", [Operand.Float([.. shape.Split(',').Select(int.Parse)])], (v, p) => Product(v[0]!, p["weight"], null),
            steps: 5, scale: 4, function: "unembed", attributes: [("vocab", (Constant)9), ("dim", (Constant)4)]);

    [Fact]
    public void A_parameter_is_itself() => KernelCheck.Compare("parameter", [], (_, p) => p[""], steps: 0,
        attributes: ("shape", new ListConstant([2, 3])));

    [Fact]
    public void Sinusoids_are_sines_then_cosines() => KernelCheck.Compare("sinusoid", [], (_, _) => Nd.Make([7, 6], i =>
    {
        var angle = i[0] * Math.Pow(10000, -2.0 * (i[1] % 3) / 6);
        return i[1] < 3 ? Math.Sin(angle) : Math.Cos(angle);
    }), steps: 1, attributes: [("length", (Constant)7), ("dim", (Constant)6)]);

    private static Nd Turned(Nd weight) => Nd.Make([weight.Shape[1], weight.Shape[0]], i => weight[i[1], i[0]]);

    private static Nd Product(Nd x, Nd weight, Nd? bias) => Nd.Make([.. x.Shape[..^1], weight.Shape[0]], i =>
    {
        var sum = bias?[i[^1]] ?? 0;
        for (var k = 0; k < weight.Shape[1]; k++)
            sum += x[[.. i[..^1], k]] * weight[i[^1], k];
        return sum;
    });
}
