using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Verification;

/// <summary>One compared tensor.</summary>
/// <param name="Difference">The largest absolute difference; 1 for integer tensors that differ anywhere.</param>
/// <param name="Tolerance">What is allowed: a fraction of the reference's standard deviation, 0 for integers.</param>
/// <param name="Problem">Why the two cannot be compared, or null.</param>
public sealed record Comparison(string Name, string Shape, double Difference, double Tolerance, string? Problem)
{
    /// <summary>
    /// The allowed difference relative to the reference's standard deviation. A float32 run differs from double by 1e-6 to 4e-6 of it; a wrong norm
    /// epsilon by 3e-5 and more.
    /// </summary>
    public const double Relative = 2e-5;

    public bool Passed => Problem is null && Difference <= Tolerance;

    /// <summary>Compares a tensor with its reference.</summary>
    /// <param name="found">The tensor.</param>
    /// <param name="reference">The reference, in double or of integers; its whole standard deviation sets the tolerance.</param>
    /// <param name="where">Which leading positions count, mask[rows, positions] for both; null for all.</param>
    public static Comparison Of(string name, Tensor found, Tensor reference, Tensor? foundWhere = null, Tensor? referenceWhere = null)
    {
        using var scope = NewDisposeScope();
        var shape = $"[{string.Join(", ", found.shape)}]";
        var (f, r) = (foundWhere is null ? found : found[foundWhere], referenceWhere is null ? reference : reference[referenceWhere]);
        if (f.numel() != r.numel())
            return new Comparison(name, shape, double.NaN, 0, $"the reference is [{string.Join(", ", reference.shape)}]");
        if (!reference.is_floating_point())
        {
            var same = f.to(ScalarType.Int64).reshape(-1).eq(r.to(ScalarType.Int64).reshape(-1)).all();
            return new Comparison(name, shape, same.item<bool>() ? 0 : 1, 0, null);
        }
        var difference = (f.to(ScalarType.Float64).reshape(-1) - r.reshape(-1)).abs().max().item<double>();
        var deviation = reference.numel() == 1 ? reference.abs().item<double>() : reference.std(unbiased: false).item<double>();
        return new Comparison(name, shape, difference, Relative * deviation, double.IsNaN(difference) ? "it has NaN" : null);
    }
}
