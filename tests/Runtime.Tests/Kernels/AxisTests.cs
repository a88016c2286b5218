using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Runtime.Tests.Kernels;

public class AxisTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Of_a_mask_max_says_whether_any_is_true(int axis) =>
        KernelCheck.Compare("max", [Operand.Mask(0.2, 3, 4, 5)], (v, _) => Reduce(v[0]!, axis, line => line.Max()), steps: 0, attributes: ("axis", (Constant)axis));

    [Theory]
    [InlineData("mean", 0)]
    [InlineData("mean", -1)]
    [InlineData("sum", 1)]
    [InlineData("sum", -2)]
    [InlineData("max", 0)]
    [InlineData("max", 2)]
    public void Reductions_drop_their_axis(string op, int axis) => KernelCheck.Compare(op, [Operand.Float(3, 4, 5)], (v, _) => Reduce(v[0]!, axis, line => op switch
    {
        "mean" => line.Sum() / line.Length,
        "sum" => line.Sum(),
        _ => line.Max(),
    }), steps: 8, attributes: ("axis", (Constant)axis));

    [Theory]
    [InlineData("softmax", -1)]
    [InlineData("softmax", 0)]
    [InlineData("unit", -1)]
    [InlineData("unit", 1)]
    public void Maps_keep_their_axis(string op, int axis) => KernelCheck.Compare(op, [Operand.Float(3, 4, 5)], (v, _) =>
    {
        var x = v[0]!;
        var total = Reduce(x, axis, line => op == "softmax" ? line.Sum(Math.Exp) : Math.Sqrt(line.Sum(e => e * e)));
        var at = axis < 0 ? axis + x.Rank : axis;
        return Nd.Make(x.Shape, i => (op == "softmax" ? Math.Exp(x[i]) : x[i]) / total[[.. i[..at], .. i[(at + 1)..]]]);
    }, steps: 16, attributes: ("axis", (Constant)axis));

    [Fact]
    public void The_unit_of_zeros_is_zeros() =>
        KernelCheck.Compare("unit", [new(ElementKind.Float, [4], _ => 0, IsAlwaysBatched: true)], (v, _) => v[0]!, steps: 0);

    private static Nd Reduce(Nd x, int axis, Func<double[], double> f)
    {
        var at = axis < 0 ? axis + x.Rank : axis;
        return Nd.Make([.. x.Shape[..at], .. x.Shape[(at + 1)..]], i => f([.. Enumerable.Range(0, x.Shape[at]).Select(k => x[[.. i[..at], k, .. i[at..]]])]));
    }
}
