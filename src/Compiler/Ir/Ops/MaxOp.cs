namespace Mllm.Compiler.Ir.Ops;

/// <summary>The largest element of one axis.</summary>
public sealed class MaxOp : Reduction
{
    public override string Name => "max";

    public override string Summary => "the largest element along one axis, which is dropped";
}
