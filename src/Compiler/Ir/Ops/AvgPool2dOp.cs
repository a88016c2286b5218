using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The mean over square windows of an image.</summary>
public sealed class AvgPool2dOp : Op
{
    public override string Name => "avg_pool2d";

    public override string Summary => "the mean over square windows, which must fit exactly";

    public override ImmutableArray<OpAttribute> Attributes => [new("kernel", "int"), new("stride", "int?", new NoneConstant())];

    public override ImmutableArray<string> Constraints =>
    [
        "`x` is a floating-point tensor [c, h, w]",
        "the windows fit: `h - kernel` is a multiple of `stride` and not negative, and so for w",
        "`kernel` and `stride` are at least 1",
    ];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var stride = Stride(context.Attributes);
        var valid = context.ExpectAtLeast(3, "kernel", 1);
        if (context.Attributes.Has("stride"))
            valid &= context.ExpectAtLeast(3, "stride", 1);
        context.ExpectFloat(1, 0, "x");
        if (!context.ExpectRank(1, 0, "x", 3, "[c, h, w]") || !valid)
            return [context[0] with { Kind = ElementKind.Float }];
        var (channels, h, w) = (context[0].Shape[0], context[0].Shape[1], context[0].Shape[2]);
        var height = Windows(context, h == w ? "side" : "height", h, stride);
        return [TensorType.Float(channels, height, h == w ? height : Windows(context, "width", w, stride))];
    }

    /// <summary>One operation for each element of each window.</summary>
    public override Dim Cost(CostContext context) => context.Attributes.Size("kernel") * context.Attributes.Size("kernel") * context.Results[0].Count;

    /// <summary>The step between windows: the kernel's size unless given.</summary>
    public static Dim Stride(Attributes attributes) => attributes.Size(attributes.Has("stride") ? "stride" : "kernel");

    private static Dim Windows(InferContext context, string side, Dim size, Dim stride)
    {
        var kernel = context.Attributes.Size("kernel");
        if (Convolution.Windows(size, kernel, stride, 0) is { } windows)
            return windows;
        context.Violate(2, 0, $"the {side} is {size}: {size} - {kernel} is {size - kernel}, expected a multiple of `stride`, {stride}, that is not negative");
        return 1;
    }
}
