using Mllm.Compiler.Ir;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

public class ImageTests
{
    [Theory]
    [InlineData(3, 1, 0, false, 1, true, false)]
    [InlineData(3, 2, 1, false, 1, false, false)]
    [InlineData(4, 4, 0, false, 1, true, false)]
    [InlineData(3, 2, 0, true, 1, true, false)]
    [InlineData(4, 2, 0, true, 2, true, false)]
    [InlineData(3, 1, 0, true, 4, true, true)]
    [InlineData(1, 1, 0, true, 1, false, true)]
    [InlineData(2, 3, 0, true, 2, true, true)]
    public void Convolution(int kernel, int stride, int padding, bool same, int groups, bool bias, bool standardize)
    {
        var (h, w) = kernel == 4 && stride == 4 ? (8, 12) : stride == 2 ? (7, 9) : (8, 7);
        KernelCheck.Compare("conv2d", [Operand.Float(4, h, w)],
            (v, p) => Convolve(v[0]!, standardize ? Standardise(p["weight"], p["gain"]) : p["weight"], bias ? p["bias"] : null, stride, padding, same, groups),
            steps: 128, scale: 8,
            attributes: [("in", (Constant)4), ("out", (Constant)8), ("kernel", (Constant)kernel), ("stride", (Constant)stride), ("padding", (Constant)padding), ("same", (Constant)same),
                ("groups", (Constant)groups), ("bias", (Constant)bias), ("standardize", (Constant)standardize)]);
    }

    [Theory]
    [InlineData(2, null, 6, 8)]
    [InlineData(3, 1, 5, 4)]
    public void Pooling(int kernel, int? stride, int h, int w)
    {
        var step = stride ?? kernel;
        KernelCheck.Compare("avg_pool2d", [Operand.Float(3, h, w)], (v, _) => Nd.Make([3, (h - kernel) / step + 1, (w - kernel) / step + 1], i =>
        {
            var sum = 0.0;
            for (var dy = 0; dy < kernel; dy++)
                for (var dx = 0; dx < kernel; dx++)
                    sum += v[0]![i[0], i[1] * step + dy, i[2] * step + dx];
            return sum / (kernel * kernel);
        }), steps: 9, attributes: stride is { } s ? [("kernel", (Constant)kernel), ("stride", (Constant)s)] : [("kernel", (Constant)kernel)]);
    }

    [Theory]
    [InlineData(6, 8, 3, 2)]
    [InlineData(7, 10, 3, 4)]
    [InlineData(2, 3, 5, 3)]
    public void Pooling_to_a_size(int h, int w, int height, int width)
    {
        KernelCheck.Compare("adaptive_avg_pool2d", [Operand.Float(3, h, w)], (v, _) => Nd.Make([3, height, width], i =>
        {
            var (rows, columns) = (Window(i[1], h, height), Window(i[2], w, width));
            return rows.SelectMany(y => columns.Select(x => v[0]![i[0], y, x])).Average();
        }), steps: 13, dtypes: [ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16], attributes: [("height", (Constant)height), ("width", (Constant)width)]);
        GradientCheck.Compare("adaptive_avg_pool2d", [Operand.Float(3, h, w)], attributes: [("height", (Constant)height), ("width", (Constant)width)]);

        static List<int> Window(int i, int size, int windows)
        {
            var (first, last) = ((int)Math.Floor(i * size / (double)windows), (int)Math.Ceiling((i + 1) * size / (double)windows));
            return [.. Enumerable.Range(first, last - first)];
        }
    }

    /// <summary>Keys' cubic through the four nearest pixels in each direction, written out.</summary>
    [Theory]
    [InlineData(4, 4, 8, 8)]
    [InlineData(3, 5, 7, 4)]
    [InlineData(6, 1, 4, 3)]
    [InlineData(5, 3, 5, 3)]
    public void Resizing(int h, int w, int height, int width)
    {
        (string, Constant)[] attributes = [("height", height), ("width", width)];
        KernelCheck.Compare("resize2d", [Operand.Float(3, h, w)], (v, _) => Nd.Make([3, height, width], i =>
        {
            var (y, x) = ((i[1] + 0.5) * h / height - 0.5, (i[2] + 0.5) * w / width - 0.5);
            var sum = 0.0;
            for (var row = (int)Math.Floor(y) - 1; row <= Math.Floor(y) + 2; row++)
                for (var column = (int)Math.Floor(x) - 1; column <= Math.Floor(x) + 2; column++)
                    sum += Cubic(y - row) * Cubic(x - column) * v[0]![i[0], Math.Clamp(row, 0, h - 1), Math.Clamp(column, 0, w - 1)];
            return sum;
        }), steps: 16, scale: 4, attributes: attributes);
        GradientCheck.Compare("resize2d", [Operand.Float(3, h, w)], attributes: attributes);

        static double Cubic(double t)
        {
            var d = Math.Abs(t);
            return d < 1 ? 1.25 * d * d * d - 2.25 * d * d + 1 : d < 2 ? -0.75 * (d * d * d - 5 * d * d + 8 * d - 4) : 0;
        }
    }

    /// <summary>A group for each channel: a filter of its own, and two of them.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Depthwise_convolution(int outputs)
    {
        (string, Constant)[] attributes = [("in", 4), ("out", outputs), ("kernel", 3), ("padding", 1), ("groups", 4)];
        KernelCheck.Compare("conv2d", [Operand.Float(4, 5, 6)], (v, p) => Convolve(v[0]!, p["weight"], p["bias"], 1, 1, false, 4), steps: 16, scale: 4, attributes: attributes);
        GradientCheck.Compare("conv2d", [Operand.Float(4, 5, 6)], attributes: attributes);
    }

    private static Nd Convolve(Nd x, Nd weight, Nd? bias, int stride, int padding, bool same, int groups)
    {
        int kernel = weight.Shape[2], inputs = weight.Shape[1], outputs = weight.Shape[0];
        var (height, top) = Windows(x.Shape[1]);
        var (width, left) = Windows(x.Shape[2]);
        return Nd.Make([outputs, height, width], i =>
        {
            var sum = bias?[i[0]] ?? 0;
            for (var c = 0; c < inputs; c++)
                for (var dy = 0; dy < kernel; dy++)
                    for (var dx = 0; dx < kernel; dx++)
                    {
                        int y = i[1] * stride + dy - top, z = i[2] * stride + dx - left;
                        if (y >= 0 && y < x.Shape[1] && z >= 0 && z < x.Shape[2])
                            sum += weight[i[0], c, dy, dx] * x[i[0] / (outputs / groups) * inputs + c, y, z];
                    }
            return sum;
        });

        (int Count, int Before) Windows(int size)
        {
            if (!same)
                return ((size + 2 * padding - kernel) / stride + 1, padding);
            var count = (int)Math.Ceiling(size / (double)stride);
            // The windows cover (count - 1) · stride + kernel pixels; what the image lacks is put around it, the odd one behind.
            return (count, Math.Max((count - 1) * stride + kernel - size, 0) / 2);
        }
    }

    private static Nd Standardise(Nd weight, Nd gain)
    {
        var fanIn = weight.Shape[1] * weight.Shape[2] * weight.Shape[3];
        return Nd.Make(weight.Shape, i =>
        {
            var channel = weight.Row(i[0]).Data;
            var mean = channel.Sum() / fanIn;
            var variance = channel.Sum(e => (e - mean) * (e - mean)) / fanIn;
            return (weight[i] - mean) * gain[i[0]] / Math.Sqrt(Math.Max(variance * fanIn, 1e-4));
        });
    }
}
