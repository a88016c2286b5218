using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Elementwise arithmetic on two tensors, or on a tensor and a number.</summary>
public abstract class BinaryKernel : IKernel
{
    public abstract string Name { get; }

    public BoundKernel Bind(KernelSite site) => site.Has(1) ? Broadcasting.Bind(site, Apply) : BindNumber(site);

    protected abstract Tensor Apply(Tensor x, Tensor y);

    /// <summary>The tensor and a number, which is cheaper as a scalar than as a tensor.</summary>
    protected abstract Tensor Apply(Tensor x, Scalar number);

    /// <summary>The number on the left.</summary>
    protected abstract Tensor ApplyReversed(Tensor x, Scalar number);

    private BoundKernel BindNumber(KernelSite site)
    {
        var value = site.Attributes.Float("number");
        Scalar number = site[0].Kind == ElementKind.Int ? (Scalar)(long)value : value;
        return site.Attributes.Bool("reversed") ? c => ApplyReversed(c[0], number) : c => Apply(c[0], number);
    }
}
