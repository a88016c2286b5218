using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Tests.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

public class MaskTests
{
    [Theory]
    [InlineData("all", 3, 5)]
    [InlineData("none", 3, 5)]
    [InlineData("causal", 4, 4)]
    [InlineData("causal", 3, 5)]
    [InlineData("causal", 5, 3)]
    [InlineData("same", 3, 5)]
    public void Rules_between_two_sequences(string rule, int n, int m) => KernelCheck.Compare("attention_mask", [Operand.Float(n, 2), Operand.Float(m)],
        (_, _) => Nd.Make([n, m], i => rule == "all" || (rule == "causal" && i[1] <= i[0] + m - n) || (rule == "same" && i[1] == i[0]) ? 1 : 0), steps: 0, attributes: ("rule", (Constant)rule));

    [Theory]
    [InlineData("equals")]
    [InlineData("below")]
    public void Tests_of_ids(string op) => KernelCheck.Compare(op, [Operand.Ids(6, 3, 4)],
        (v, _) => v[0]!.Map(x => (op == "equals" ? x == 2 : x < 2) ? 1 : 0), steps: 0, attributes: ("value", (Constant)2));

    [Theory]
    [InlineData("both", "3,4", "3,4")]
    [InlineData("both", "3,4", "4")]
    [InlineData("either", "4", "3,4")]
    [InlineData("either", "3,1", "4")]
    public void Masks_of_two(string op, string first, string second)
    {
        int[] a = [.. first.Split(',').Select(int.Parse)], b = [.. second.Split(',').Select(int.Parse)];
        KernelCheck.Compare(op, [Operand.Mask(0.5, a), Operand.Mask(0.5, b)], (v, _) => Nd.Make([3, 4], i =>
        {
            bool x = At(v[0]!, i), y = At(v[1]!, i);
            return (op == "both" ? x && y : x || y) ? 1 : 0;
        }), steps: 0);

        static bool At(Nd mask, int[] i) => mask[[.. i[^mask.Rank..].Zip(mask.Shape).Select(p => p.Second == 1 ? 0 : p.First)]] != 0;
    }

    [Fact]
    public void The_complement() => KernelCheck.Compare("invert", [Operand.Mask(0.5, 3, 4)], (v, _) => v[0]!.Map(x => 1 - x), steps: 0);

    [Theory]
    [InlineData("3", ElementKind.Float)]
    [InlineData("", ElementKind.Float)]
    [InlineData("3,4", ElementKind.Int)]
    [InlineData("3", ElementKind.Bool)]
    public void One_or_the_other(string axes, ElementKind kind)
    {
        int[] shape = [.. axes.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        Operand Branch() => kind switch { ElementKind.Int => Operand.Ids(9, 3, 4), ElementKind.Bool => Operand.Mask(0.5, 3, 4), _ => Operand.Float(3, 4) };
        KernelCheck.Compare("select", [Operand.Mask(0.5, shape), Branch(), Branch()], (v, _) => Nd.Make([3, 4], i => v[0]![i[..shape.Length]] != 0 ? v[1]![i] : v[2]![i]), steps: 0);
        if (kind == ElementKind.Float)
            GradientCheck.Compare("select", [Operand.Mask(0.5, shape), Branch(), Branch()]);
    }

    /// <summary>Queries that see each other and no text, before text that sees the queries and itself up to its position.</summary>
    [Fact]
    public void Blocks_of_rules_join_to_a_prefix_causal_mask()
    {
        var f = new FunctionBuilder("main");
        var queries = f.Op("parameter", [], "queries", attributes: ("shape", new ListConstant([2, 4])));
        var ids = f.Input("ids", TensorType.Int(Dim.Symbol("text")));
        Value Block(Value x, Value y, string rule) => f.Op("attention_mask", [x, y], attributes: ("rule", (Constant)rule));
        Value Beside(Value x, Value y) => f.Op("concat", [x, y], attributes: ("axis", (Constant)1));
        var real = f.Op("invert", [f.Op("equals", [ids], attributes: ("value", (Constant)0))]);
        var text = f.Op("both", [Block(ids, ids, "causal"), real]);
        var see = f.Op("concat", [Beside(Block(queries, queries, "all"), f.Op("rearrange", [Block(ids, queries, "none")], attributes: ("pattern", (Constant)"t q -> q t"))),
            Beside(Block(ids, queries, "all"), text)]);
        using var model = Graphs.Model(Graphs.Of([f.Build(f.Op("slice", [see], attributes: ("from", (Constant)1)))]));
        // The second sample's last id is padding.
        using var tokens = tensor(new long[] { 5, 6, 7, 5, 6, 0 }, [2, 3]);
        using var found = Graphs.Guarded(model).Run("main", [tokens])[0];
        var rows = Enumerable.Range(0, 2).Select(row => string.Join(' ', Enumerable.Range(0, 4).Select(i => string.Concat(Nd.Of(found).Row(row).Row(i).Data))));
        Assert.Equal(["11000 11100 11110 11111", "11000 11100 11110 11110"], rows);
    }

    [Fact]
    public void Tables_are_read_at_constant_places()
    {
        var f = new FunctionBuilder("main");
        var x = f.Input("x", TensorType.Float(4, 2));
        var at = f.Op("tokens", [], attributes: ("values", new ListConstant([3, 0, 3])));
        using var model = Graphs.Model(Graphs.Of([f.Build(f.Op("gather", [x, at]))]));
        using var tables = Nd.Make([2, 4, 2], i => 100 * i[0] + 10 * i[1] + i[2]).ToTensor(ScalarType.Float64);
        using var found = Graphs.Guarded(model).Run("main", [tables])[0];
        Assert.Equal([30, 31, 0, 1, 30, 31, 130, 131, 100, 101, 130, 131], Nd.Of(found).Data);
    }
}
