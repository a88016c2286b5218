using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>One element of an axis, which is dropped: what <c>x[i]</c> and <c>x[.., i]</c> mean.</summary>
public sealed class ElementOp : Op
{
    public override string Name => "element";

    public override string Summary => "the element `index` of one axis, which is dropped; a negative number counts from its end";

    public override ImmutableArray<OpAttribute> Attributes => [new("axis", "int", 0), new("index", "size")];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints => ["`axis` is one of the axes of `x`", "0 ≤ `index` < the axis's size, as far as the sizes are known"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var x = context[0];
        if (context.ExpectAxis(1, 0, "x") is not { } axis)
            return [x.Rank == 0 ? x : x.WithShape(x.Shape.RemoveAt(x.Rank - 1))];
        var size = x.Shape[axis];
        var index = SliceOp.FromStart(context.Attributes.Size("index"), size);
        if (index.Value is < 0 || (size - index).Value is < 1)
            context.Violate(2, 0, $"`index` is {context.Attributes.Size("index")}, axis {axis} of {x} has {size} elements");
        return [x.WithShape(x.Shape.RemoveAt(axis))];
    }
}
