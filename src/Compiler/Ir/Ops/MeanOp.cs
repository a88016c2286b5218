namespace Mllm.Compiler.Ir.Ops;

/// <summary>The mean over one axis.</summary>
public sealed class MeanOp : Reduction
{
    public override string Name => "mean";

    public override string Summary => "the mean over one axis, which is dropped";
}
