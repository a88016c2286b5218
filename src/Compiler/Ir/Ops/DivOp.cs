namespace Mllm.Compiler.Ir.Ops;

/// <summary>Elementwise quotient of floating-point tensors.</summary>
public sealed class DivOp : BinaryOp
{
    public override string Name => "div";

    protected override string Sign => "/";

    protected override bool TakesIds => false;
}
