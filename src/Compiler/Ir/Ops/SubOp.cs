namespace Mllm.Compiler.Ir.Ops;

/// <summary>Elementwise difference.</summary>
public sealed class SubOp : BinaryOp
{
    public override string Name => "sub";

    protected override string Sign => "-";
}
