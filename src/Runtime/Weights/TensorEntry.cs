using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>One tensor that a safetensors header describes.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Dtype">Its element type.</param>
/// <param name="Shape">Its sizes, row-major; empty for a scalar.</param>
/// <param name="Offset">Where its bytes begin, counted from the start of the file.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record TensorEntry(string Name, WeightDtype Dtype, ImmutableArray<long> Shape, long Offset, long Length)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Length / Dtype.Size();

    /// <summary>A shape as messages print it: <c>[160, 48]</c>.</summary>
    public static string Print(ImmutableArray<long> shape) => $"[{string.Join(", ", shape)}]";
}
