namespace Mllm.Compiler.Ir.Ops;

/// <summary>Division by the Euclidean norm along one axis.</summary>
public sealed class UnitOp : AxisMap
{
    public override string Name => "unit";

    public override string Summary => "divides by the Euclidean norm along one axis";

    protected override long CostPerElement => 3;
}
