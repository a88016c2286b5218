using Mllm.Runtime.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>One index for each row of weights, from the run's generator. It is drawn in float64 on the CPU, so that a seed means the same on every device.</summary>
public sealed class DrawKernel : IKernel
{
    public string Name => "draw";

    public BoundKernel Bind(KernelSite site) => c =>
    {
        if (site.Attributes.Has("name") && c.Context.Drawn?.TryGetValue(site.Attributes.Text("name"), out var given) == true)
            return given.alias();
        var weights = c[0];
        if (weights.numel() == 0)
            return weights.size(-2) == 0 ? empty([.. weights.shape[..^1]], ScalarType.Int64, weights.device) : throw new InputException("`draw`: there is nothing to choose from");
        using var exact = weights.to(ScalarType.Float64, CPU);
        using var flat = exact.detach();
        using var rows = flat.reshape(-1, weights.size(-1));
        Check(rows);
        using var drawn = multinomial(rows, 1, replacement: true, c.Context.Generator);
        using var shaped = drawn.view(weights.shape[..^1]);
        return shaped.to(weights.device, copy: true);
    };

    private static void Check(Tensor rows)
    {
        using var sums = rows.sum(1);
        using var least = rows.amin([1]);
        var (totals, lowest) = (sums.data<double>(), least.data<double>());
        for (var row = 0L; row < rows.size(0); row++)
            if (!(lowest[row] >= 0) || !(totals[row] > 0) || double.IsInfinity(totals[row]))
                throw new InputException($"`draw`: the weights of row {row} {(lowest[row] < 0 ? $"go down to {lowest[row]:G4}" : $"sum to {totals[row]:G4}")}, expected weights from 0 with a sum above 0");
    }
}
