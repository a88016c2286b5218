namespace Mllm.Compiler.Ir.Ops;

/// <summary>Elementwise sum.</summary>
public sealed class AddOp : BinaryOp
{
    public override string Name => "add";

    protected override string Sign => "+";
}
