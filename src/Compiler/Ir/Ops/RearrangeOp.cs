using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Splits, joins and reorders axes by a pattern.</summary>
public sealed class RearrangeOp : Op
{
    public override string Name => "rearrange";

    public override string Summary => "splits, joins and reorders axes by a pattern such as \"d h w -> (h w) d\"";

    public override ImmutableArray<OpAttribute> Attributes => [new("pattern", "string")];

    public override bool TakesNamedSizes => true;

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints =>
    [
        "`pattern` is two sides around `->`, of names, `1` and groups in parentheses; each name stands once on each side",
        "the left side has one item for each axis of `x`",
        "the sizes fit: a group is the product of its names, of which one may be left out, and `1` is 1",
        "the sizes given are of names in the pattern, and at least 1",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var x = context[0];
        if (RearrangePattern.Parse(context.Attributes.Text("pattern"), out var error) is not { } pattern)
        {
            context.Violate(1, null, error);
            return [x];
        }
        var given = NamedSizes(context.Attributes);
        foreach (var (name, size) in given)
            if (!pattern.Names.Contains(name))
                context.Violate(4, null, $"`{name}` is not a name of the pattern \"{pattern}\"");
            else if (size.Value is < 1)
                context.Violate(4, null, $"`{name}` is {size}, expected at least 1");
        given = given.ToDictionary(g => g.Key, g => g.Value.Value is < 1 ? 1 : g.Value);
        if (pattern.Left.Length != x.Rank)
        {
            context.Violate(2, 0, $"`x` is {x} with {Expectations.Axes(x.Rank)}, the left side of \"{pattern}\" has {pattern.Left.Length}");
            return [x.WithShape([.. pattern.Right.Select(axis => axis.Aggregate(Dim.One, (product, n) => product * given.GetValueOrDefault(n, 1)))])];
        }
        return [x.WithShape(pattern.Apply(pattern.Solve(x.Shape, given, message => context.Violate(3, 0, message))))];
    }

    /// <summary>The sizes given by name.</summary>
    public static IReadOnlyDictionary<string, Dim> NamedSizes(Attributes attributes) =>
        attributes.Entries.Where(e => e.Key != "pattern").ToDictionary(e => e.Key, e => ((IntConstant)e.Value).Size);
}
