using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Ir;

/// <summary>Which operands a gradient reaches, as far as the compiler says.</summary>
public sealed class GradientFlowTests
{
    [Theory]
    [InlineData("linear", 0, ElementKind.Float, true)]
    [InlineData("attention", 1, ElementKind.Float, true)]
    [InlineData("attention", 3, ElementKind.Bool, false)]
    [InlineData("gather", 0, ElementKind.Float, true)]
    [InlineData("gather", 0, ElementKind.Int, false)]
    [InlineData("gather", 1, ElementKind.Int, false)]
    [InlineData("cross_entropy", 0, ElementKind.Float, true)]
    [InlineData("cross_entropy", 1, ElementKind.Int, false)]
    [InlineData("detach", 0, ElementKind.Float, false)]
    [InlineData("draw", 0, ElementKind.Float, false)]
    public void An_operand_is_reached_or_not(string op, int operand, ElementKind kind, bool reached) =>
        Assert.Equal(reached, OpRegistry.All[op].PassesGradient(operand, new TensorType(kind, [2, 3])));

    [Fact]
    public void Two_draws_stay_two_and_two_sums_become_one()
    {
        var f = new Sketch("f");
        var x = f.Input("x", "[n, 4]");
        var draws = f.Return(f.Op("add", "", "", f.Op("draw", "", "", x), f.Op("draw", "", "", x)));
        Assert.Equal(3, new Passes.CommonSubexpressions().Run(Sketch.Graph("g", [draws], ("main", "f"))).Functions[0].Nodes.Length);
        var g = new Sketch("g");
        var y = g.Input("x", "[n, 4]");
        var sums = g.Return(g.Op("add", "", "", g.Op("exp", "", "", y), g.Op("exp", "", "", y)));
        Assert.Equal(2, new Passes.CommonSubexpressions().Run(Sketch.Graph("g", [sums], ("main", "g"))).Functions[0].Nodes.Length);
    }

    [Fact]
    public void Two_calls_of_what_draws_stay_two()
    {
        var inner = new Sketch("inner");
        var drawing = inner.Return(inner.Op("draw", "", "", inner.Input("x", "[n, 4]")));
        var f = new Sketch("f");
        var x = f.Input("x", "[n, 4]");
        var calling = f.Return(f.Op("add", "", "", f.Call(drawing, "", x), f.Call(drawing, "", x)));
        var merged = new Passes.CommonSubexpressions().Run(Sketch.Graph("g", [calling, drawing], ("main", "f")));
        Assert.Equal(3, merged.Function("f").Nodes.Length);
    }
}
