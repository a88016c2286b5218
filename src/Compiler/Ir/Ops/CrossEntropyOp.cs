using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The mean negative log-likelihood of labels, with label smoothing (Szegedy et al., 2016, section 7).</summary>
public sealed class CrossEntropyOp : Op
{
    public override string Name => "cross_entropy";

    public override string Summary => "the mean of -log softmax(logits)[label] over the labels that are not `ignore`; 0 where there are none";

    public override ImmutableArray<OpAttribute> Attributes => [new("smoothing", "float", 0.0), new("ignore", "int", -100)];

    public override ImmutableArray<OpOperand> Operands(string function) => [new("logits"), new("labels")];

    public override ImmutableArray<string> Constraints =>
    [
        "`logits` is a floating-point tensor [..., classes]",
        "`labels` is ids[...], without the axis of classes",
        "`smoothing` is from 0 to 1",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var logits = context[0];
        if (logits.Rank == 0)
            context.Violate(1, 0, $"`logits` is {logits} with no axes, expected a last axis of classes");
        else if (context.ExpectFloat(1, 0, "logits") && !context[1].Equals(TensorType.Int([.. logits.Shape.SkipLast(1)])))
            context.Violate(2, 1, $"`labels` is {context[1]}, expected {TensorType.Int([.. logits.Shape.SkipLast(1)])}");
        if (context.Attributes.Float("smoothing") is not (>= 0 and <= 1))
            context.Violate(3, null, $"`smoothing` is {context.Attributes["smoothing"]}, expected 0 to 1");
        return [TensorType.Float()];
    }

    /// <summary>The softmax's eight for each logit, and one more for the mean over classes that smoothing takes.</summary>
    public override Dim Cost(CostContext context) => (context.Attributes.Float("smoothing") > 0 ? 9 : 8) * context[0].Count;
}
