using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Puts numbers that do not count in the place of padding.</summary>
internal static class Padding
{
    // A line of padding alone must not become infinite: its gradient would be no number.
    private static readonly Scalar Low = -1e300, LowOfFloat = -1e38, LowOfHalf = -3e4;

    /// <summary>The mask of an operand's leading axes with axes of size 1 behind, as many as the operand has.</summary>
    public static Tensor Fit(Tensor mask, Tensor x) => mask.reshape([.. mask.shape, .. Enumerable.Repeat(1L, (int)(x.dim() - mask.dim()))]);

    /// <summary>Another number where nothing is real.</summary>
    public static Tensor Fill(Tensor x, Tensor real, Scalar number)
    {
        using var hidden = real.logical_not();
        return x.masked_fill(hidden, number);
    }

    /// <summary>A number so low that its exponential beside any other is zero, where nothing is real.</summary>
    public static Tensor FillLow(Tensor x, Tensor real) => Fill(x, real, x.dtype switch { ScalarType.Float64 => Low, ScalarType.Float16 => LowOfHalf, _ => LowOfFloat });
}
