using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The natural logarithm.</summary>
public sealed class LogKernel : ElementwiseKernel
{
    public override string Name => "log";

    protected override Tensor Apply(Tensor x) => x.log();
}
