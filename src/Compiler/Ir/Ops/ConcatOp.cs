using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Tensors one after the other along an axis.</summary>
public sealed class ConcatOp : Op
{
    public override string Name => "concat";

    public override string Summary => "tensors one after the other along one axis";

    public override ImmutableArray<OpAttribute> Attributes => [new("axis", "int", 0)];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x", IsVariadic: true)];

    public override ImmutableArray<string> Constraints =>
    [
        "there is at least one operand",
        "all are of the same kind and have the same number of axes",
        "`axis` is one of them; negative numbers count from the last",
        "all other axes have the same sizes",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        if (!context.Has(0))
        {
            context.Violate(1, null, "found no operands, expected at least one");
            return [TensorType.Float(Dim.Zero)];
        }
        var first = context[0];
        if (context.ExpectAxis(3, 0, "x") is not { } axis)
            return [first];
        var (size, fits) = (first.Shape[axis], true);
        for (var i = 1; i < context.Operands.Length; i++)
        {
            var next = context[i];
            if (next.Kind != first.Kind || next.Rank != first.Rank)
            {
                context.Violate(2, i, $"operand {i + 1} is {next}, operand 1 is {first}; expected the same kind and {Expectations.Axes(first.Rank)}");
                fits = false;
                continue;
            }
            for (var other = 0; other < first.Rank; other++)
                if (other != axis && next.Shape[other] != first.Shape[other])
                    context.Violate(4, i, $"operand {i + 1} is {next}, operand 1 is {first}: axis {other} has {next.Shape[other]} elements, expected {first.Shape[other]}");
            size += next.Shape[axis];
        }
        return [fits ? first.WithShape(first.Shape.SetItem(axis, size)) : first];
    }
}
