using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The table of sines, then cosines, of position · 10000^(-2i/dim): computed in double, then rounded to the element type.</summary>
public sealed class SinusoidKernel : IKernel
{
    public string Name => "sinusoid";

    public BoundKernel Bind(KernelSite site)
    {
        var (length, dim) = (site.Size(site.Attributes.Size("length")), site.Attributes.Int("dim"));
        return c =>
        {
            var rows = c.Size(length);
            var table = new double[rows * dim];
            for (var position = 0L; position < rows; position++)
                for (var i = 0L; i < dim / 2; i++)
                {
                    var angle = position * Math.Pow(10000, -2.0 * i / dim);
                    table[position * dim + i] = Math.Sin(angle);
                    table[position * dim + dim / 2 + i] = Math.Cos(angle);
                }
            using var exact = from_array(table);
            using var shaped = exact.view(rows, dim);
            return shaped.to(c.Dtype, c.Device, copy: true);
        };
    }
}
