using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Xunit;

namespace Mllm.Runtime.Tests.Kernels;

/// <summary>The gradients of every primitive against difference quotients in float64, of its operands and of its parameters; or why it has none.</summary>
public class GradientTableTests
{
    private static readonly Operand Matrix = Operand.Float(3, 4);
    private static readonly Operand Image = Operand.Float(4, 5, 6);

    /// <summary>Away from zero, where quotients of small differences are not rounding alone.</summary>
    private static readonly Operand Positive = Matrix with { Draw = r => 0.5 + r.NextDouble() };

    /// <summary>Further from zero than a step, so that a kink is not between the two sides.</summary>
    private static readonly Operand Signed = Matrix with { Draw = r => (r.Next(2) == 0 ? -1 : 1) * (0.1 + r.NextDouble()) };

    private static readonly Case[] Cases =
    [
        new("adaptive_avg_pool2d", [Image]) { Attributes = [("height", 2), ("width", 4)] },
        new("add", [Matrix, Operand.Float(4)]),
        // Query, key, value; mask, bias, relative, distances, and keys and values before.
        new("attention", [Operand.Float(3, 8), Operand.Float(5, 4), Operand.Float(5, 4), Operand.Mask(0.6, 3, 5), Operand.Float(2, 3, 5), Operand.Float(4, 8), Operand.Float(5, 2), Operand.Float(2, 4), Operand.Float(2, 4)])
        {
            Attributes = [("heads", 2), ("kv_heads", 1)],
        },
        new("attention", [Operand.Float(5, 8), Operand.Float(5, 8), Operand.Float(5, 8), null, null, null]) { Attributes = [("heads", 2), ("causal", true), ("scale", 0.7), ("alibi", true)] },
        new("avg_pool2d", [Image]) { Attributes = [("kernel", 2), ("stride", 1)] },
        new("clamp", [Signed]) { Attributes = [("min", -0.5), ("max", 0.4)] },
        new("concat", [Matrix, Operand.Float(3, 2)]) { Attributes = [("axis", 1)] },
        new("conv2d", [Operand.Float(4, 5, 7)]) { Attributes = [("in", 4), ("out", 6), ("kernel", 3), ("stride", 2), ("padding", 1), ("groups", 2)] },
        new("cross_entropy", [Operand.Float(4, 5), Operand.Ids(5, 4)]) { Attributes = [("smoothing", 0.1)] },
        new("div", [Matrix, Positive]),
        new("einsum", [Matrix, Operand.Float(4, 2)]) { Attributes = [("pattern", "a b, b c -> a c")] },
        new("element", [Matrix]) { Attributes = [("axis", 1), ("index", -1)] },
        new("embedding", [Operand.Ids(9, 6)]) { Attributes = [("vocab", 9), ("dim", 4)] },
        new("embedding", [Matrix]) { Function = "unembed", Attributes = [("vocab", 9), ("dim", 4)] },
        new("exp", [Matrix]),
        new("gather", [Matrix, Operand.Ids(3, 5)]),
        new("gelu", [Matrix]),
        new("gelu_tanh", [Matrix]),
        new("layer_norm", [Operand.Float(3, 6)]) { Attributes = [("dim", 6)] },
        new("linear", [Matrix]) { Attributes = [("in", 4), ("out", 3), ("bias", true)] },
        new("linear", [Matrix]) { Attributes = [("in", 4), ("out", 3), ("bias", false), ("transposed", true)] },
        new("log", [Positive]),
        new("log_softmax", [Matrix]) { Attributes = [("axis", 0)] },
        new("max", [Matrix]) { Attributes = [("axis", 1)] },
        new("mean", [Matrix]) { Attributes = [("axis", 0)] },
        new("mul", [Matrix, Operand.Float(4)]),
        new("parameter", []) { Attributes = [("shape", new ListConstant([3L, 4L]))] },
        new("quick_gelu", [Matrix]),
        new("rearrange", [Operand.Float(6, 4)]) { Attributes = [("pattern", "(a b) c -> b c a"), ("b", 2)] },
        new("relu", [Signed]),
        new("resize2d", [Image]) { Attributes = [("height", 7), ("width", 3)] },
        new("rms_norm", [Operand.Float(3, 6)]) { Attributes = [("dim", 6)] },
        new("rope", [Operand.Float(5, 8), Operand.Ids(40, 5)]) { Attributes = [("head_dim", 4)] },
        new("select", [Operand.Mask(0.5, 3, 4), Matrix, Matrix]),
        new("sigmoid", [Matrix]),
        new("silu", [Matrix]),
        new("slice", [Matrix]) { Attributes = [("axis", 1), ("from", 1), ("to", 3)] },
        new("softmax", [Matrix]) { Attributes = [("axis", 1)] },
        new("splice", [Operand.Float(9, 4), Operand.Float(2, 3, 4), Operand.Ids(r => r.Next(-4, 6), 9)]),
        new("squared_relu", [Signed]),
        new("sub", [Matrix, Operand.Float(4)]),
        new("sum", [Matrix]) { Attributes = [("axis", 1)] },
        new("tanh", [Matrix]),
        new("unit", [Matrix]) { Attributes = [("axis", 1)] },
    ];

    /// <summary>Those without a gradient, and why.</summary>
    private static readonly Dictionary<string, string> Without = new()
    {
        ["attention_mask"] = "a mask", ["below"] = "a mask of ids", ["both"] = "a mask of masks", ["either"] = "a mask of masks", ["equals"] = "a mask of ids", ["invert"] = "a mask of a mask",
        ["media_mask"] = "a mask of ids", ["distance_buckets"] = "ids", ["indices"] = "ids", ["tokens"] = "ids", ["draw"] = "drawn ids", ["sinusoid"] = "a constant table", ["sinusoid_2d"] = "a constant table",
        ["detach"] = "it is there to block it",
    };

    public static TheoryData<int, string> Numbers
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (var i = 0; i < Cases.Length; i++)
                data.Add(i, Cases[i].Op);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void The_gradient_is_the_difference_quotient(int number, string op)
    {
        var it = Cases[number];
        Assert.Equal(op, it.Op);
        GradientCheck.Compare(op, it.Function, it.Operands, false, it.Attributes);
    }

    [Fact]
    public void Nothing_passes_what_is_detached() => GradientCheck.Compare("detach", [Matrix], isBlocked: true);

    [Fact]
    public void Every_primitive_is_here_and_the_compiler_agrees()
    {
        Assert.Equal(OpRegistry.All.Keys.Order(StringComparer.Ordinal), Cases.Select(c => c.Op).Distinct().Concat(Without.Keys).Order(StringComparer.Ordinal));
        // Those that may take floating-point numbers.
        foreach (var name in new[] { "attention_mask", "detach", "draw", "indices" })
            Assert.False(OpRegistry.All[name].PassesGradient(0, Matrix.Type), $"the compiler says that a gradient passes `{name}`");
    }

    /// <summary>A call whose gradients are compared.</summary>
    private sealed record Case(string Op, ImmutableArray<Operand?> Operands)
    {
        public string Function { get; init; } = "forward";

        public (string Name, Constant Value)[] Attributes { get; init; } = [];
    }
}
