using Mllm.Compiler.Ir.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Products summed over axes: LibTorch's, with one more letter for the rows of the operands that have them. What is padding counts as zero in the sums.</summary>
public sealed class EinsumKernel : IKernel
{
    public string Name => "einsum";

    public BoundKernel Bind(KernelSite site)
    {
        var pattern = EinsumPattern.Parse(site.Attributes.Text("pattern"), out var error) ?? throw new InvalidOperationException(error);
        var names = pattern.Operands.SelectMany(n => n).Distinct().ToList();
        var parts = pattern.Operands.Select((n, i) => Letters(n, site.HasRows(i)));
        var equation = $"{string.Join(",", parts)}->{Letters(pattern.Result, site.IsBatched)}";
        int[] masks = [.. Enumerable.Range(0, pattern.Operands.Length).Select(site.Real)];
        return c =>
        {
            var operands = new Tensor[masks.Length];
            for (var i = 0; i < operands.Length; i++)
                operands[i] = masks[i] < 0 ? c[i] : Counted(c[i], c[masks[i]]);
            var result = einsum(equation, operands);
            for (var i = 0; i < operands.Length; i++)
                if (masks[i] >= 0)
                    operands[i].Dispose();
            return result;
        };

        // Capital letters, of which the first is the rows', then small ones: more than the axes of four tensors.
        string Letters(IEnumerable<string> axes, bool hasRows) =>
            string.Concat(axes.Select(n => names.IndexOf(n) + 1).Prepend(0).Skip(hasRows ? 0 : 1).Select(i => (char)(i < 26 ? 'A' + i : 'a' + i - 26)));
    }

    private static Tensor Counted(Tensor x, Tensor mask)
    {
        using var real = Padding.Fit(mask, x);
        return Padding.Fill(x, real, Numbers.Zero);
    }
}
