using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The constant table of sinusoidal positions.</summary>
public sealed class SinusoidOp : Op
{
    public override string Name => "sinusoid";

    public override string Summary => "the constant [length, dim] of sines then cosines with wavelengths 2π·10000^(2i/dim)";

    public override ImmutableArray<OpAttribute> Attributes => [new("length", "size"), new("dim", "int")];

    public override ImmutableArray<OpOperand> Operands(string function) => [];

    public override ImmutableArray<string> Constraints => ["`length` is not negative", "`dim` is even and at least 2"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        context.ExpectAtLeast(1, "length", 0);
        if (context.Attributes.Size("dim").Value is { } dim && (dim < 2 || dim % 2 != 0))
            context.Violate(2, null, $"`dim` is {dim}, expected an even number of at least 2");
        return [TensorType.Float(context.Attributes.Size("length"), context.Attributes.Size("dim"))];
    }
}
