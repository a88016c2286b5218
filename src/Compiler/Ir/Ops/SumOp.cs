namespace Mllm.Compiler.Ir.Ops;

/// <summary>The sum over one axis.</summary>
public sealed class SumOp : Reduction
{
    public override string Name => "sum";

    public override string Summary => "the sum over one axis, which is dropped";
}
