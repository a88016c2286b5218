using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Products of tensors, summed over the axes that the result lacks (Einstein's convention).</summary>
public sealed class EinsumOp : Op
{
    public override string Name => "einsum";

    public override string Summary => "products summed over axes by a pattern such as \"i q d, j d -> i j q\"";

    public override ImmutableArray<OpAttribute> Attributes => [new("pattern", "string")];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x", IsVariadic: true)];

    public override ImmutableArray<string> Constraints =>
    [
        $"`pattern` is one to {EinsumPattern.MostOperands} operands separated by commas, `->` and the result: names of axes separated by spaces, none twice in one of them",
        "there are as many operands as the pattern has, all floating-point",
        "each has as many axes as its part of the pattern has names",
        "axes of one name have one size",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        if (EinsumPattern.Parse(context.Attributes.Text("pattern"), out var error) is not { } pattern)
        {
            context.Violate(1, null, error);
            return [TensorType.Float()];
        }
        if (context.Operands.Length != pattern.Operands.Length)
            context.Violate(2, null, $"there are {context.Operands.Length} operands, the pattern \"{pattern}\" has {pattern.Operands.Length}");
        var sizes = new Dictionary<string, (Dim Size, int Operand)>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(context.Operands.Length, pattern.Operands.Length); i++)
        {
            context.ExpectFloat(2, i, "x");
            Bind(context, pattern, i, sizes);
        }
        return [TensorType.Float([.. pattern.Result.Select(n => sizes.TryGetValue(n, out var known) ? known.Size : 1)])];
    }

    /// <summary>
    /// From the left, each operand multiplied into the result so far: a multiply-add for each combination of the axes of both, or a product alone where
    /// nothing is summed. A single operand costs a sum over its elements, and nothing where its axes are only reordered.
    /// </summary>
    public override Dim Cost(CostContext context)
    {
        var pattern = EinsumPattern.Parse(context.Attributes.Text("pattern"), out var error) ?? throw new InvalidOperationException(error);
        var sizes = Sizes(pattern, [.. context.Operands.Select(o => o!)]);
        var factors = pattern.Operands.Length == 1 ? 0 : 1;
        return pattern.Steps().Aggregate(Dim.Zero, (sum, step) =>
            sum + (factors + (step.Sums ? 1 : 0)) * step.Names.Aggregate(Dim.One, (product, name) => product * sizes[name]));
    }

    /// <summary>The size of each name, for operands that fit the pattern.</summary>
    public static IReadOnlyDictionary<string, Dim> Sizes(EinsumPattern pattern, ImmutableArray<TensorType> operands) =>
        pattern.Operands.Zip(operands).SelectMany(p => p.First.Zip(p.Second.Shape)).DistinctBy(p => p.First).ToDictionary(p => p.First, p => p.Second);

    private static void Bind(InferContext context, EinsumPattern pattern, int operand, Dictionary<string, (Dim Size, int Operand)> sizes)
    {
        var (names, type) = (pattern.Operands[operand], context[operand]);
        if (type.Rank != names.Length)
        {
            context.Violate(3, operand, $"operand {operand + 1} is {type} with {Expectations.Axes(type.Rank)}, its part of \"{pattern}\" has {Expectations.Axes(names.Length)}");
            return;
        }
        foreach (var (name, size) in names.Zip(type.Shape))
            if (!sizes.TryAdd(name, (size, operand)) && sizes[name] is var (known, where) && known != size)
                context.Violate(4, operand, $"`{name}` is {size} in operand {operand + 1} and {known} in operand {where + 1}");
    }
}
