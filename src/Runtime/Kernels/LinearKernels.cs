using System.Collections.Immutable;
using Mllm.Runtime.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The ways of computing a linear layer, and the choice between them.</summary>
internal static class LinearKernels
{
    private static readonly ImmutableArray<ILinearKernel> Own = [.. typeof(ILinearKernel).Assembly.GetTypes()
        .Where(t => t.IsAssignableTo(typeof(ILinearKernel)) && !t.IsAbstract)
        .Select(t => (ILinearKernel)Activator.CreateInstance(t)!)];

    /// <summary>All ways in the order in which they are asked; added ones come before those of this assembly that have the same rank.</summary>
    public static ImmutableArray<ILinearKernel> Ordered(ImmutableArray<ILinearKernel> added) =>
        [.. (added.IsDefault ? [] : added).Concat(Own).OrderBy(k => k.Rank)];

    /// <summary>x · weightᵀ + bias, the best way for this call.</summary>
    /// <param name="weight">[out, in]</param>
    /// <param name="isTransposed">Whether the weight is a view of a tensor [in, out].</param>
    public static Tensor Run(ImmutableArray<ILinearKernel> kernels, in KernelContext context, Tensor x, Tensor weight, Tensor? bias, bool isTransposed = false)
    {
        var (outputs, inputs) = (weight.size(0), weight.size(1));
        var use = new LinearUse(
            Format(weight.dtype), context.Context.Phase, weight.device_type, inputs == 0 ? 0 : x.numel() / inputs, inputs, outputs, context.Context.Gradients, isTransposed);
        foreach (var kernel in kernels)
            if (kernel.Accepts(use))
                return kernel.Run(x, weight, bias);
        throw new InvalidOperationException($"no kernel accepts {use}");
    }

    private static WeightFormat Format(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => WeightFormat.Float32,
        ScalarType.BFloat16 => WeightFormat.BFloat16,
        ScalarType.Float64 => WeightFormat.Float64,
        _ => throw new InvalidOperationException($"no weight is stored as {dtype}"),
    };
}
