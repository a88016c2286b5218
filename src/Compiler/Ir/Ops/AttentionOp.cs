using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Scaled dot-product attention of several heads (Vaswani et al., 2017), with grouped keys and values (Ainslie et al., 2023).</summary>
public sealed class AttentionOp : Op
{
    /// <summary>Positions of the operands.</summary>
    public const int Q = 0, K = 1, V = 2, Mask = 3, Bias = 4, Relative = 5, Distances = 6, PrefixK = 7, PrefixV = 8;

    public override string Name => "attention";

    public override string Summary => "scaled dot-product attention; a query that may see nothing gets zeros";

    public override ImmutableArray<OpAttribute> Attributes =>
    [
        new("heads", "int"), new("kv_heads", "int?", new NoneConstant()), new("causal", "bool", false), new("scale", "float?", new NoneConstant()), new("alibi", "bool", false),
    ];

    public override ImmutableArray<OpOperand> Operands(string function) =>
    [
        new("q"), new("k"), new("v"), new("mask", IsOptional: true), new("bias", IsOptional: true), new("relative", IsOptional: true),
        new("distances", IsOptional: true), new("prefix_k", IsOptional: true), new("prefix_v", IsOptional: true),
    ];

    public override ImmutableArray<string> Constraints =>
    [
        "`q`, `k` and `v` are floating-point with two axes: [n, heads·d], [m, kv_heads·d], [m, kv_heads·e]",
        "`heads` and `kv_heads` are at least 1, and `heads` is a multiple of `kv_heads`",
        "the width of `q` is a multiple of `heads`",
        "the width of `k` is `kv_heads` times the head size of `q`",
        "the width of `v` is a multiple of `kv_heads`",
        "`k` and `v` have the same length",
        "`mask` is mask[n, m]",
        "`bias` is [heads, n, m]",
        "`relative` is [span, heads·d]",
        "with `causal` there are at least as many keys as queries: the queries are the last positions",
        "`distances` is [2·span - 1, heads]",
        "`prefix_k` and `prefix_v` come together: [p, kv_heads·d] and [p, kv_heads·e], of the widths of `k` and `v`",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var wellFormed = true;
        foreach (var (operand, name, shape) in (ReadOnlySpan<(int, string, string)>)[(Q, "q", "[n, heads·d]"), (K, "k", "[m, kv_heads·d]"), (V, "v", "[m, kv_heads·e]")])
            wellFormed &= context.ExpectFloat(1, operand, name) & context.ExpectRank(1, operand, name, 2, shape);
        var heads = CheckHeads(context);
        if (!wellFormed || heads is not var (h, kv))
            return [context[Q] with { Kind = ElementKind.Float }];

        var (q, k, v) = (context[Q].Shape, context[K].Shape, context[V].Shape);
        if (!Dim.TryDivide(q[1], h, out var head))
            context.Violate(3, Q, $"`q` has width {q[1]}, expected a multiple of `heads`, {h}");
        else if (k[1] != kv * head)
            context.Violate(4, K, $"`k` has width {k[1]}, expected {kv * head}: {kv} heads of {head}");
        if (!Dim.TryDivide(v[1], kv, out var valueHead))
            context.Violate(5, V, $"`v` has width {v[1]}, expected a multiple of the {kv} key-value heads");
        if (k[0] != v[0])
            context.Violate(6, V, $"`v` has {v[0]} rows, `k` has {k[0]}");
        if ((k[0] - q[0]).Value is < 0 && context.Attributes.Bool("causal"))
            context.Violate(10, K, $"`k` has {k[0]} rows, `q` has {q[0]}; expected at least as many keys as queries with `causal`");
        CheckOptional(context, 7, Mask, "mask", TensorType.Bool(q[0], k[0]));
        CheckOptional(context, 8, Bias, "bias", TensorType.Float(h, q[0], k[0]));
        CheckRelative(context, q[1]);
        CheckDistances(context, h);
        CheckPrefix(context, k[1], v[1]);
        return [TensorType.Float(q[0], valueHead == Dim.Zero ? q[1] : h * valueHead)];
    }

    /// <summary>
    /// Scores and weighted sum over all m keys, a multiply-add for each element of each head: 2·n·m·heads·(d + e). The softmax between them is left
    /// out, as is usual, and a causal mask halves nothing. Relative positions add one more product of queries and own keys; keys of a prefix are keys.
    /// </summary>
    public override Dim Cost(CostContext context)
    {
        var own = context[K].Shape[0];
        var keys = Operand(PrefixK) is { } prefix ? prefix.Shape[0] + own : own;
        return 2 * ((context[Q].Count + context.Results[0].Count) * keys + (Operand(Relative) is null ? Dim.Zero : context[Q].Count * own));

        TensorType? Operand(int index) => index < context.Operands.Length ? context.Operands[index] : null;
    }

    /// <summary>The number of key and value heads: that of queries unless given.</summary>
    public static Dim KvHeads(Attributes attributes) => attributes.Size(attributes.Has("kv_heads") ? "kv_heads" : "heads");

    private static (Dim Heads, Dim KvHeads)? CheckHeads(InferContext context)
    {
        var (heads, kv) = (context.Attributes.Size("heads"), KvHeads(context.Attributes));
        if (!context.ExpectAtLeast(2, "heads", 1) || (context.Attributes.Has("kv_heads") && !context.ExpectAtLeast(2, "kv_heads", 1)))
            return null;
        if (!Dim.TryDivide(heads, kv, out _))
            context.Violate(2, null, $"`heads` is {heads}, expected a multiple of `kv_heads`, {kv}");
        return (heads, kv);
    }

    private static void CheckOptional(InferContext context, int constraint, int operand, string name, TensorType expected)
    {
        if (context.Has(operand) && !context[operand].Equals(expected))
            context.Violate(constraint, operand, $"`{name}` is {context[operand]}, expected {expected}");
    }

    private static void CheckRelative(InferContext context, Dim width)
    {
        if (!context.Has(Relative) || !context.ExpectFloat(9, Relative, "relative") || !context.ExpectRank(9, Relative, "relative", 2, "[span, heads·d]"))
            return;
        if (context[Relative].Shape[1] != width)
            context.Violate(9, Relative, $"`relative` has width {context[Relative].Shape[1]}, expected {width}, the width of `q`");
    }

    private static void CheckDistances(InferContext context, Dim heads)
    {
        if (!context.Has(Distances) || !context.ExpectFloat(11, Distances, "distances") || !context.ExpectRank(11, Distances, "distances", 2, "[2·span - 1, heads]"))
            return;
        var (rows, width) = (context[Distances].Shape[0], context[Distances].Shape[1]);
        if (width != heads)
            context.Violate(11, Distances, $"`distances` has width {width}, expected `heads`, {heads}");
        if (!Dim.TryDivide(rows + 1, 2, out var span) || span.Value is < 1)
            context.Violate(11, Distances, $"`distances` has {rows} rows, expected an odd number: one for each distance from -(span - 1) to span - 1");
    }

    private static void CheckPrefix(InferContext context, Dim keyWidth, Dim valueWidth)
    {
        if (!context.Has(PrefixK) && !context.Has(PrefixV))
            return;
        if (!context.Has(PrefixK) || !context.Has(PrefixV))
        {
            context.Violate(12, context.Has(PrefixK) ? PrefixK : PrefixV, context.Has(PrefixK) ? "found `prefix_k` without `prefix_v`" : "found `prefix_v` without `prefix_k`");
            return;
        }
        var wellFormed = true;
        foreach (var (operand, name, pattern) in (ReadOnlySpan<(int, string, string)>)[(PrefixK, "prefix_k", "[p, kv_heads·d]"), (PrefixV, "prefix_v", "[p, kv_heads·e]")])
            wellFormed &= context.ExpectFloat(12, operand, name) & context.ExpectRank(12, operand, name, 2, pattern);
        if (!wellFormed)
            return;
        var (k, v) = (context[PrefixK].Shape, context[PrefixV].Shape);
        if (k[1] != keyWidth)
            context.Violate(12, PrefixK, $"`prefix_k` has width {k[1]}, expected {keyWidth}, the width of `k`");
        if (v[1] != valueWidth)
            context.Violate(12, PrefixV, $"`prefix_v` has width {v[1]}, expected {valueWidth}, the width of `v`");
        if (k[0] != v[0])
            context.Violate(12, PrefixV, $"`prefix_v` has {v[0]} rows, `prefix_k` has {k[0]}");
    }
}
