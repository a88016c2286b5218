using System.Collections.Immutable;
using System.Numerics;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The mean over as many windows of an image as are asked for.</summary>
public sealed class AdaptiveAvgPool2dOp : Op
{
    public override string Name => "adaptive_avg_pool2d";

    public override string Summary => "the mean over `height` by `width` windows; of n rows, window i of k goes from floor(i·n/k) to ceil((i + 1)·n/k), and so for columns";

    public override ImmutableArray<OpAttribute> Attributes => [new("height", "int"), new("width", "int")];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints => ["`x` is a floating-point tensor [c, h, w], h and w at least 1", "`height` and `width` are at least 1"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectFloat(1, 0, "x");
        var ranked = context.ExpectRank(1, 0, "x", 3, "[c, h, w]");
        if (ranked && context[0].Shape[1..].Any(size => size.Value is < 1))
            context.Violate(1, 0, $"`x` is {context[0]}, expected a height and a width of at least 1");
        context.ExpectAtLeast(2, "height", 1);
        context.ExpectAtLeast(2, "width", 1);
        return [TensorType.Float(ranked ? context[0].Shape[0] : 1, context.Attributes.Size("height"), context.Attributes.Size("width"))];
    }

    /// <summary>One operation for each element of each window. Where the sizes are not known, windows count as if none met another.</summary>
    public override Dim Cost(CostContext context) =>
        context[0].Shape[0] * Covered(context[0].Shape[1], context.Attributes.Int("height")) * Covered(context[0].Shape[2], context.Attributes.Int("width"));

    private static Dim Covered(Dim size, long windows)
    {
        if (size.Value is not { } n)
            return size;
        // A border between two windows that falls inside a row puts the row in both; the others are gcd(n, windows), the end among them.
        return n + windows - (long)BigInteger.GreatestCommonDivisor(n, windows);
    }
}
