using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>The table of a grid's sines and cosines, columns before rows: computed in double, then rounded to the element type.</summary>
public sealed class Sinusoid2dKernel : IKernel
{
    public string Name => "sinusoid_2d";

    public BoundKernel Bind(KernelSite site)
    {
        var (height, width, dim) = (site.Size(site.Attributes.Size("height")), site.Size(site.Attributes.Size("width")), site.Attributes.Int("dim"));
        return c =>
        {
            var (rows, columns, quarter) = (c.Size(height), c.Size(width), dim / 4);
            var table = new double[rows * columns * dim];
            for (var place = 0L; place < rows * columns; place++)
                for (var i = 0L; i < quarter; i++)
                {
                    var frequency = Math.Pow(10000, -(double)i / quarter);
                    var (x, y, at) = (place % columns * frequency, place / columns * frequency, place * dim + i);
                    (table[at], table[at + quarter], table[at + 2 * quarter], table[at + 3 * quarter]) = (Math.Sin(x), Math.Cos(x), Math.Sin(y), Math.Cos(y));
                }
            using var exact = from_array(table);
            using var shaped = exact.view(rows * columns, dim);
            return shaped.to(c.Dtype, c.Device, copy: true);
        };
    }
}
