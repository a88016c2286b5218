namespace Mllm.Compiler.Ir.Ops;

/// <summary>The natural logarithm.</summary>
public sealed class LogOp : Activation
{
    public override string Name => "log";

    public override string Summary => "the natural logarithm, elementwise; -∞ of 0, and no number of less";

    /// <summary>A step of losses and temperatures, not a nonlinearity between layers.</summary>
    public override bool IsActivation => false;

    protected override long CostPerElement => 4;
}
