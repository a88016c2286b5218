using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A two-dimensional convolution with square kernels.</summary>
public sealed class Conv2dOp : Op
{
    public override string Name => "conv2d";

    public override string Summary => "a two-dimensional convolution with square kernels";

    public override bool IsModule => true;

    public override ImmutableArray<OpAttribute> Attributes =>
    [
        new("in", "int"), new("out", "int"), new("kernel", "int"), new("stride", "int", 1), new("padding", "int", 0), new("same", "bool", false),
        new("groups", "int", 1), new("bias", "bool", true), new("standardize", "bool", false),
    ];

    public override ImmutableArray<string> Constraints =>
    [
        "`x` is a floating-point tensor [in, h, w]",
        "its first axis has `in` elements",
        "the windows fit: `h + 2·padding - kernel` is a multiple of `stride` and not negative, and so for w (with `same`, any size fits that is known or a multiple of `stride`)",
        "`in` and `out` are multiples of `groups`",
        "`in`, `out`, `kernel`, `stride` and `groups` are at least 1, `padding` is at least 0",
        "`padding` is 0 with `same`",
    ];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

    /// <summary>Weight and bias are drawn uniformly from ±1/√fan_in; the gain of standardised weights starts at one.</summary>
    public override ImmutableArray<OpParameter> Parameters(Attributes attributes)
    {
        var (outputs, kernel) = (attributes.Size("out"), attributes.Size("kernel"));
        var inputs = Dim.TryDivide(attributes.Size("in"), attributes.Size("groups"), out var perGroup) ? perGroup : attributes.Size("in");
        var uniform = Initializers.UniformByFanIn(inputs * kernel * kernel);
        var parameters = ImmutableArray.Create(new OpParameter("weight", [outputs, inputs, kernel, kernel], uniform));
        if (attributes.Bool("bias"))
            parameters = parameters.Add(new("bias", [outputs], uniform));
        return attributes.Bool("standardize") ? parameters.Add(new("gain", [outputs], Initializer.Ones)) : parameters;
    }

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        CheckAttributes(context);
        var (x, a) = (context[0], context.Attributes);
        context.ExpectFloat(1, 0, "x");
        if (!context.ExpectRank(1, 0, "x", 3, "[in, h, w]"))
            return [TensorType.Float(a.Size("out"), 1, 1)];
        if (x.Shape[0] != a.Size("in"))
            context.Violate(2, 0, $"the first axis has {x.Shape[0]} elements, `in` is {a.Size("in")}");
        var square = x.Shape[1] == x.Shape[2];
        var height = Windows(context, square ? "side" : "height", x.Shape[1]);
        return [TensorType.Float(a.Size("out"), height, square ? height : Windows(context, "width", x.Shape[2]))];
    }

    /// <summary>One multiply-add for each weight of a filter and each output element; standardising the weights is not counted, it depends on no input.</summary>
    public override Dim Cost(CostContext context)
    {
        var weight = Parameters(context.Attributes)[0].Shape;
        return 2 * weight[1] * weight[2] * weight[3] * context.Results[0].Count;
    }

    private static void CheckAttributes(InferContext context)
    {
        var a = context.Attributes;
        foreach (var name in (ReadOnlySpan<string>)["in", "out", "kernel", "stride", "groups"])
            context.ExpectAtLeast(5, name, 1);
        context.ExpectAtLeast(5, "padding", 0);
        foreach (var name in (ReadOnlySpan<string>)["in", "out"])
            if (a.Size("groups").Value is > 0 && !Dim.TryDivide(a.Size(name), a.Size("groups"), out _))
                context.Violate(4, null, $"`{name}` is {a.Size(name)}, expected a multiple of `groups`, {a.Size("groups")}");
        if (a.Bool("same") && a.Size("padding") != Dim.Zero)
            context.Violate(6, null, $"`padding` is {a.Size("padding")}, expected 0 with `same`");
    }

    private static Dim Windows(InferContext context, string side, Dim size)
    {
        var a = context.Attributes;
        var (kernel, stride, padding) = (a.Size("kernel"), a.Size("stride"), a.Size("padding"));
        var windows = a.Bool("same") ? Convolution.WindowsSame(size, stride) : Convolution.Windows(size, kernel, stride, padding);
        if (windows is null && stride.Value is > 0)
            context.Violate(3, 0, a.Bool("same")
                ? $"the {side} is {size}, expected a known size or a multiple of `stride`, {stride}"
                : $"the {side} is {size}: {size} + 2·{padding} - {kernel} is {size + 2 * padding - kernel}, expected a multiple of `stride`, {stride}, that is not negative");
        return windows ?? 1;
    }
}
