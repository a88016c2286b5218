using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// The numbers that operations take, kept for good. TorchSharp passes a number's address and does not keep its wrapper alive meanwhile, so that the
/// garbage collector may free a temporary one while LibTorch still reads it; and what would be temporary is also work for the collector.
/// </summary>
internal static class Numbers
{
    public static readonly Scalar Zero = 0, One = 1, Two = 2, MinusInfinity = double.NegativeInfinity;

    /// <summary>Numbers from one up to another, which is left out.</summary>
    public static Tensor Range(long from, long to, long step, ScalarType dtype, Device device)
    {
        using Scalar first = from, end = to, by = step;
        return arange(first, end, by, dtype, device);
    }
}
