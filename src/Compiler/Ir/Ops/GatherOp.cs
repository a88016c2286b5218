using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Rows of a tensor by index.</summary>
public sealed class GatherOp : Op
{
    public override string Name => "gather";

    public override string Summary => "the elements of the first axis that an index names, in its order; an index below 0 or past the end is an error of the run";

    public override ImmutableArray<OpOperand> Operands(string function) => [new("x"), new("index")];

    public override ImmutableArray<string> Constraints => ["`x` has at least one axis", "`index` is ids[...]"];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var x = context[0];
        if (x.Rank == 0)
            context.Violate(1, 0, $"`x` is {x} with no axes, expected at least one");
        context.ExpectKind(2, 1, "index", ElementKind.Int);
        return [x.WithShape([.. context[1].Shape, .. x.Shape.Skip(1)])];
    }
}
