namespace Mllm.Compiler.Ir.Ops;

/// <summary>Exponentials along one axis, divided by their sum.</summary>
public sealed class SoftmaxOp : AxisMap
{
    public override string Name => "softmax";

    public override string Summary => "exponentials along one axis, divided by their sum";

    protected override long CostPerElement => 8;
}
