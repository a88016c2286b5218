using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The logarithm of the softmax along one axis.</summary>
public sealed class LogSoftmaxKernel : AxisKernel
{
    public override string Name => "log_softmax";

    protected override Tensor Apply(Tensor x, long axis) => x.log_softmax(axis);

    protected override Tensor Apply(Tensor x, long axis, Tensor real)
    {
        using var counted = Padding.FillLow(x, real);
        using var logs = counted.log_softmax(axis);
        return Padding.Fill(logs, real, Numbers.Zero);
    }
}
