using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>A mask between two sequences by a rule: one for all rows.</summary>
public sealed class AttentionMaskKernel : IKernel
{
    public string Name => "attention_mask";

    public BoundKernel Bind(KernelSite site)
    {
        var (queries, keys, rule) = (site.HasRows(0), site.HasRows(1), site.Attributes.Text("rule"));
        return c =>
        {
            long n = c[0].size(queries ? 1 : 0), m = c[1].size(keys ? 1 : 0);
            using var mask = rule switch
            {
                "all" => ones(n, m, ScalarType.Bool, c.Device),
                "none" => zeros(n, m, ScalarType.Bool, c.Device),
                "causal" => Causal(n, m, c.Device),
                "same" => eye(n, m, ScalarType.Bool, c.Device),
                _ => throw new InvalidOperationException($"no rule `{rule}`"),
            };
            return queries || keys ? mask.expand(c[queries ? 0 : 1].size(0), n, m) : mask.alias();
        };
    }

    private static Tensor Causal(long n, long m, Device device)
    {
        using var all = ones(n, m, ScalarType.Bool, device);
        return all.tril(m - n);
    }
}
