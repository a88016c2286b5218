using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Indices that come from data: on some devices LibTorch reads whatever lies where a wrong one points.</summary>
internal static class IndexRange
{
    /// <summary>Makes sure that every index names one of so many elements.</summary>
    /// <param name="what">What is indexed, for the message: "`gather`: an index".</param>
    /// <exception cref="InputException">One does not.</exception>
    public static void Check(Tensor index, long count, string what)
    {
        if (index.numel() == 0)
            return;
        using var least = index.min();
        using var most = index.max();
        var (low, high) = (least.item<long>(), most.item<long>());
        if (low < 0 || high >= count)
            throw new InputException($"{what} is {(low < 0 ? low : high)}, expected 0 to {count - 1}");
    }
}
