using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Execution;

/// <summary>What tests do with tensors; every tensor and number on the way is kept until it has been read.</summary>
internal static class TensorArithmetic
{
    /// <summary>The largest element of the difference of two tensors of one shape, without its sign.</summary>
    public static double Apart(this Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return (a - b).abs().max().to(ScalarType.Float64).item<double>();
    }

    /// <summary>The largest element, without its sign.</summary>
    public static double Largest(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.abs().max().to(ScalarType.Float64).item<double>();
    }

    /// <summary>Adds a number to each element, in place.</summary>
    public static void Shift(this Tensor tensor, double by)
    {
        using var scope = NewDisposeScope();
        using Scalar number = by;
        tensor.add_(ones_like(tensor), number);
    }
}
