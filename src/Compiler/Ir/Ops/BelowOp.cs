namespace Mllm.Compiler.Ir.Ops;

/// <summary>Where an id is less than a number.</summary>
public sealed class BelowOp : IdTest
{
    public override string Name => "below";

    public override string Summary => "the mask that is true where an id is less than `value`";
}
