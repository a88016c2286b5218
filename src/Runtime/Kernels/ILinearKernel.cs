using Mllm.Runtime.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// One way to compute x · weightᵀ + bias. The ways are found by reflection and may be added to an executor's options; the first by
/// <see cref="Rank"/> that accepts a use is taken.
/// </summary>
public interface ILinearKernel
{
    /// <summary>The order of preference; lower ones are asked first. The default, which accepts everything, has the highest.</summary>
    int Rank { get; }

    /// <summary>Whether this way is right, and expected to be the fastest, for a use.</summary>
    bool Accepts(in LinearUse use);

    /// <summary>Computes the product.</summary>
    /// <param name="x">[..., in]</param>
    /// <param name="weight">[out, in]; the transposed view of a tensor [in, out] where the use says <see cref="LinearUse.Transposed"/>.</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[..., out]</returns>
    Tensor Run(Tensor x, Tensor weight, Tensor? bias);
}

/// <summary>How the numbers of a weight are stored.</summary>
public enum WeightFormat { Float32, BFloat16, Float64 }

/// <summary>What decides about the way of computing a linear layer.</summary>
/// <param name="Rows">How many vectors are mapped in this call.</param>
/// <param name="Transposed">Whether the weights of one input, not those of one output, lie side by side in memory.</param>
public readonly record struct LinearUse(WeightFormat Format, Phase Phase, DeviceType Device, long Rows, long In, long Out, bool Gradients, bool Transposed = false);
