namespace Mllm.Compiler.Ir.Ops;

/// <summary>The rectifier, max(x, 0).</summary>
public sealed class ReluOp : Activation
{
    public override string Name => "relu";

    public override string Summary => "max(x, 0), elementwise";

    protected override long CostPerElement => 1;
}
