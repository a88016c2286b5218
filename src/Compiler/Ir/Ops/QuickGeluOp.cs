namespace Mllm.Compiler.Ir.Ops;

/// <summary>The sigmoid approximation of the Gaussian error linear unit that CLIP uses.</summary>
public sealed class QuickGeluOp : Activation
{
    public override string Name => "quick_gelu";

    public override string Summary => "x · sigmoid(1.702 · x), elementwise";

    protected override long CostPerElement => 9;
}
