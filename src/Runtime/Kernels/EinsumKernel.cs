using Mllm.Compiler.Ir.Ops;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Products summed over axes: LibTorch's, with one more letter for the rows of the operands that have them.</summary>
public sealed class EinsumKernel : IKernel
{
    public string Name => "einsum";

    public BoundKernel Bind(KernelSite site)
    {
        var pattern = EinsumPattern.Parse(site.Attributes.Text("pattern"), out var error) ?? throw new InvalidOperationException(error);
        var names = pattern.Operands.SelectMany(n => n).Distinct().ToList();
        var parts = pattern.Operands.Select((n, i) => Letters(n, site.HasRows(i)));
        var equation = $"{string.Join(",", parts)}->{Letters(pattern.Result, site.IsBatched)}";
        return c =>
        {
            var operands = new Tensor[c.Count];
            for (var i = 0; i < operands.Length; i++)
                operands[i] = c[i];
            return einsum(equation, operands);
        };

        // Capital letters, of which the first is the rows', then small ones: more than the axes of four tensors.
        string Letters(IEnumerable<string> axes, bool hasRows) =>
            string.Concat(axes.Select(n => names.IndexOf(n) + 1).Prepend(0).Skip(hasRows ? 0 : 1).Select(i => (char)(i < 26 ? 'A' + i : 'a' + i - 26)));
    }
}
