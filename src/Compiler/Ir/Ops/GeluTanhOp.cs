namespace Mllm.Compiler.Ir.Ops;

/// <summary>The Gaussian error linear unit in its tanh approximation (Hendrycks and Gimpel, 2016).</summary>
public sealed class GeluTanhOp : Activation
{
    public override string Name => "gelu_tanh";

    public override string Summary => "0.5 · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))), elementwise";

    protected override long CostPerElement => 12;
}
