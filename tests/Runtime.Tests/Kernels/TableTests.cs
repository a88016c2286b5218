using System.Numerics;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Tests.Execution;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

/// <summary>Tensors that depend on nothing.</summary>
public class TableTests
{
    [Theory]
    [InlineData(32, 128, true)]
    [InlineData(32, 128, false)]
    [InlineData(8, 16, true)]
    [InlineData(8, 16, false)]
    [InlineData(4, 2, true)]
    public void Distances_have_buckets(int buckets, int farthest, bool isBidirectional)
    {
        const int span = 200;
        var oneWay = isBidirectional ? buckets / 2 : buckets;
        var single = oneWay / 2;
        var expected = Nd.Make([2 * span - 1], i => i[0] - (span - 1) is var distance && distance > 0 ? (isBidirectional ? oneWay + Bucket(distance) : 0) : Bucket(-distance));
        KernelCheck.Compare("distance_buckets", [], (_, _) => expected, steps: 0,
            attributes: [("span", (Constant)span), ("buckets", (Constant)buckets), ("max_distance", (Constant)farthest), ("bidirectional", (Constant)isBidirectional)]);

        // Without logarithms: distance d has come k borders far when (d / single)^wide ≥ (farthest / single)^k.
        int Bucket(int distance)
        {
            var wide = oneWay - single;
            if (distance < single)
                return distance;
            var passed = Enumerable.Range(1, wide).Count(k =>
                BigInteger.Pow(distance, wide) * BigInteger.Pow(single, k) >= BigInteger.Pow(farthest, k) * BigInteger.Pow(single, wide));
            return Math.Min(single + passed, oneWay - 1);
        }
    }

    [Fact]
    public void The_buckets_of_the_published_setting()
    {
        var found = Run("distance_buckets", ("span", (Constant)130), ("buckets", (Constant)32), ("max_distance", (Constant)128));
        // 8 single distances, then borders at 8·16^(k/8), rounded up.
        Assert.Equal([0, 1, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15], new[] { 0, 1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 129 }.Select(d => (int)found[129 - d]));
        Assert.Equal([17, 24, 31], new[] { 1, 8, 129 }.Select(d => (int)found[129 + d]));
    }

    [Fact]
    public void Grids_have_sines_of_columns_then_of_rows()
    {
        KernelCheck.Compare("sinusoid_2d", [], (_, _) => Nd.Make([6, 8], i =>
        {
            // Place 4 of two rows of three columns is column 1 of row 1; the eight are sin x, sin x/100, cos x, cos x/100, and so for y.
            var position = i[1] < 4 ? i[0] % 3 : i[0] / 3;
            var angle = position * (i[1] % 2 == 0 ? 1 : 0.01);
            return i[1] % 4 < 2 ? Math.Sin(angle) : Math.Cos(angle);
        }), steps: 1, dtypes: [ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16], attributes: [("height", (Constant)2), ("width", (Constant)3), ("dim", (Constant)8)]);
    }

    [Fact]
    public void Tokens_are_the_numbers_of_the_list()
    {
        Assert.Equal([30522, 0, 7], Run("tokens", ("values", new ListConstant([30522, 0, 7]))).Data);
        Assert.Equal([0], Run("tokens", ("values", new ListConstant([]))).Shape);
    }

    [Fact]
    public void Indices_count_from_zero() => KernelCheck.Compare("indices", [Operand.Float(4, 2)], (_, _) => Nd.Make([4], i => i[0]), steps: 0);

    [Fact]
    public void Tokens_take_the_place_of_others()
    {
        var f = new FunctionBuilder("main");
        var ids = f.Input("ids", TensorType.Int(Dim.Symbol("text")));
        var first = f.Op("tokens", [], attributes: ("values", new ListConstant([99])));
        using var model = Graphs.Model(Graphs.Of([f.Build(f.Op("concat", [first, f.Op("slice", [ids], attributes: ("from", (Constant)1))]))]));
        using var captions = tensor(new long[] { 1, 2, 3, 4, 5, 6 }, [2, 3]);
        using var found = Graphs.Guarded(model).Run("main", [captions])[0];
        Assert.Equal([99, 2, 3, 99, 5, 6], Nd.Of(found).Data);
    }

    private static Nd Run(string op, params (string, Constant)[] attributes)
    {
        var f = new FunctionBuilder("main");
        using var model = Graphs.Model(Graphs.Of([f.Build(f.Op(op, [], attributes: attributes) with { Time = BindingTime.Constant })]));
        using var result = Graphs.Guarded(model).Run("main", [])[0];
        return Nd.Of(result);
    }
}
