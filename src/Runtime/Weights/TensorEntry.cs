using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>One tensor that a file of weights describes.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Dtype">Its element type.</param>
/// <param name="Shape">Its sizes, row-major; empty for a scalar.</param>
/// <param name="Offset">Where its first element is, counted in bytes from the start of the file.</param>
/// <param name="Length">How many bytes it has when it is read.</param>
public sealed record TensorEntry(string Name, WeightDtype Dtype, ImmutableArray<long> Shape, long Offset, long Length)
{
    /// <summary>
    /// How many elements of the file lie between neighbours along each axis, where they do not stand row by row; empty
    /// where they do.
    /// </summary>
    public ImmutableArray<long> Strides { get; init; } = [];

    /// <summary>Number of elements.</summary>
    public long Elements => Length / Dtype.Size();

    /// <summary>A shape as messages print it: <c>[160, 48]</c>.</summary>
    public static string Print(ImmutableArray<long> shape) => $"[{string.Join(", ", shape)}]";
}
