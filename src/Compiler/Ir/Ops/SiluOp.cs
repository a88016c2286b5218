namespace Mllm.Compiler.Ir.Ops;

/// <summary>The sigmoid linear unit (swish).</summary>
public sealed class SiluOp : Activation
{
    public override string Name => "silu";

    public override string Summary => "x · sigmoid(x), elementwise";

    protected override long CostPerElement => 8;
}
