namespace Mllm.Compiler.Ir.Ops;

/// <summary>The union of two masks.</summary>
public sealed class EitherOp : MaskPair
{
    public override string Name => "either";

    public override string Summary => "the mask that is true where one of two is, or both; sizes 1 and missing leading axes stretch";
}
