namespace Mllm.Compiler.Ir.Ops;

/// <summary>Elementwise product.</summary>
public sealed class MulOp : BinaryOp
{
    public override string Name => "mul";

    protected override string Sign => "*";
}
