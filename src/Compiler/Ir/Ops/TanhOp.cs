namespace Mllm.Compiler.Ir.Ops;

/// <summary>The hyperbolic tangent.</summary>
public sealed class TanhOp : Activation
{
    public override string Name => "tanh";

    public override string Summary => "the hyperbolic tangent, elementwise";

    protected override long CostPerElement => 4;
}
