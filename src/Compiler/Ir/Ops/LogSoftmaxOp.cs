namespace Mllm.Compiler.Ir.Ops;

/// <summary>The logarithm of the softmax along one axis.</summary>
public sealed class LogSoftmaxOp : AxisMap
{
    public override string Name => "log_softmax";

    public override string Summary => "the logarithm of the softmax along one axis, without its overflow";

    protected override long CostPerElement => 8;
}
