namespace Mllm.Compiler.Ir.Ops;

/// <summary>The exponential function.</summary>
public sealed class ExpOp : Activation
{
    public override string Name => "exp";

    public override string Summary => "the exponential, elementwise";

    /// <summary>A step of losses and temperatures, not a nonlinearity between layers.</summary>
    public override bool IsActivation => false;

    protected override long CostPerElement => 4;
}
