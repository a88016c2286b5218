using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Rotary position embedding of queries or keys (Su et al., 2021).</summary>
public sealed class RopeOp : Op
{
    public override string Name => "rope";

    public override string Summary => "turns pairs of elements of each head by angles that grow with the position";

    public override ImmutableArray<OpAttribute> Attributes =>
        [new("head_dim", "int"), new("theta", "float", 10000.0), new("rotary", "int?", new NoneConstant()), new("interleaved", "bool", false)];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x"), new("positions")];

    public override ImmutableArray<string> Constraints =>
    [
        "`x` is a floating-point tensor [n, h·head_dim]",
        "`positions` is ids[n]",
        "the width of `x` is a multiple of `head_dim`",
        "the turned elements of a head, `rotary` or all of `head_dim`, are even in number, at least 2 and at most `head_dim`",
        "`theta` is positive",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var head = context.Attributes.Size("head_dim");
        if (context.ExpectFloat(1, 0, "x") & context.ExpectRank(1, 0, "x", 2, "[n, h·head_dim]"))
        {
            var expected = TensorType.Int(context[0].Shape[0]);
            if (!context[1].Equals(expected))
                context.Violate(2, 1, $"`positions` is {context[1]}, expected {expected}");
            if (!Dim.TryDivide(context[0].Shape[1], head, out _))
                context.Violate(3, 0, $"the width is {context[0].Shape[1]}, expected a multiple of `head_dim`, {head}");
        }
        var turned = Turned(context.Attributes);
        if (turned.Value is { } t && (t < 2 || t % 2 != 0 || t > head.Value))
            context.Violate(4, null, $"{turned} elements of each head of {head} are turned, expected an even number from 2 to {head}");
        if (!(context.Attributes.Float("theta") > 0))
            context.Violate(5, null, $"`theta` is {context.Attributes["theta"]}, expected a positive number");
        return [context[0] with { Kind = ElementKind.Float }];
    }

    /// <summary>Two products and a sum for each element; sines and cosines depend on the positions alone and are not counted.</summary>
    public override Dim Cost(CostContext context) => 3 * context[0].Count;

    /// <summary>How many leading elements of each head are turned: all unless <c>rotary</c> is given.</summary>
    public static Dim Turned(Attributes attributes) => attributes.Size(attributes.Has("rotary") ? "rotary" : "head_dim");
}
