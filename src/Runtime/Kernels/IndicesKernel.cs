using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Numbers from 0, the same for all rows.</summary>
public sealed class IndicesKernel : IKernel
{
    public string Name => "indices";

    public BoundKernel Bind(KernelSite site)
    {
        var batched = site.HasRows(0);
        return c =>
        {
            var length = c[0].size(batched ? 1 : 0);
            var numbers = Numbers.Range(0, length, 1, ScalarType.Int64, c.Device);
            if (!batched)
                return numbers;
            using (numbers)
                return numbers.expand(c[0].size(0), length);
        };
    }
}
