namespace Mllm.Compiler.Ir.Ops;

/// <summary>The logistic function.</summary>
public sealed class SigmoidOp : Activation
{
    public override string Name => "sigmoid";

    public override string Summary => "1 / (1 + exp(-x)), elementwise";

    protected override long CostPerElement => 7;
}
