namespace Mllm.Compiler.Ir.Ops;

/// <summary>Where an id is a given one.</summary>
public sealed class EqualsOp : IdTest
{
    public override string Name => "equals";

    public override string Summary => "the mask that is true where an id is `value`";
}
