using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A range of one axis: what <c>x[a..b]</c> and <c>x[.., a..b]</c> mean.</summary>
public sealed class SliceOp : Op
{
    public override string Name => "slice";

    public override string Summary => "the elements `from` up to, not including, `to` of one axis; negative numbers count from its end";

    public override ImmutableArray<OpAttribute> Attributes => [new("axis", "int", 0), new("from", "size", 0), new("to", "size?", new NoneConstant())];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<string> Constraints => ["`axis` is one of the axes of `x`", "0 ≤ `from` ≤ `to` ≤ the axis's size, as far as the sizes are known"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var x = context[0];
        if (context.ExpectAxis(1, 0, "x") is not { } axis)
            return [x];
        var size = x.Shape[axis];
        var (from, to) = Bounds(context.Attributes, size);
        if (from.Value is < 0 || (to - from).Value is < 0 || (size - to).Value is < 0 || (size - from).Value is < 0)
            context.Violate(2, 0, $"the range is {from}..{to}, axis {axis} of {x} has {size} elements");
        return [x.WithShape(x.Shape.SetItem(axis, (to - from).Value is < 0 ? 0 : to - from))];
    }

    /// <summary>The bounds counted from the axis's start, for an axis of the given size.</summary>
    public static (Dim From, Dim To) Bounds(Attributes attributes, Dim size) =>
        (FromStart(attributes.Size("from"), size), attributes.Has("to") ? FromStart(attributes.Size("to"), size) : size);

    /// <summary>A bound or index counted from the axis's start: a negative number counts from its end.</summary>
    public static Dim FromStart(Dim index, Dim size) => index.Value is < 0 ? size + index : index;
}
