namespace Mllm.Compiler.Ir.Ops;

/// <summary>The Gaussian error linear unit with the exact error function (Hendrycks and Gimpel, 2016).</summary>
public sealed class GeluOp : Activation
{
    public override string Name => "gelu";

    public override string Summary => "x · Φ(x) with the exact normal distribution function, elementwise";

    protected override long CostPerElement => 8;
}
