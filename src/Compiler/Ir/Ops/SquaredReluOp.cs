namespace Mllm.Compiler.Ir.Ops;

/// <summary>The squared rectifier (So et al., 2021), which Flamingo's resampler uses.</summary>
public sealed class SquaredReluOp : Activation
{
    public override string Name => "squared_relu";

    public override string Summary => "max(x, 0)², elementwise";

    protected override long CostPerElement => 2;
}
