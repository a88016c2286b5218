namespace Mllm.Compiler.Ir.Ops;

/// <summary>The intersection of two masks.</summary>
public sealed class BothOp : MaskPair
{
    public override string Name => "both";

    public override string Summary => "the mask that is true where both are; sizes 1 and missing leading axes stretch";
}
