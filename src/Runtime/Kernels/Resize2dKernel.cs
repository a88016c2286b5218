using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// Bicubic interpolation (Keys, 1981, with a = -0.75, PyTorch's choice). It is linear and the same for every channel, so it is two products with small matrices, which
/// are made in double precision.
/// </summary>
public sealed class Resize2dKernel : IKernel
{
    private const double A = -0.75;

    public string Name => "resize2d";

    public BoundKernel Bind(KernelSite site)
    {
        var (h, w) = ((int)site[0].Shape[1].Value!.Value, (int)site[0].Shape[2].Value!.Value);
        var (height, width) = ((int)site.Attributes.Int("height"), (int)site.Attributes.Int("width"));
        var (rows, columns) = (Weights(h, height), Weights(w, width));
        return c =>
        {
            var x = c[0];
            using var down = tensor(rows, [height, h], x.dtype, x.device);
            using var across = tensor(columns, [width, w], x.dtype, x.device);
            using var tall = einsum("yh,...hw->...yw", down, x);
            return einsum("xw,...yw->...yx", across, tall);
        };
    }

    /// <summary>What each element of the result takes from each element along one axis, [to, from].</summary>
    private static double[] Weights(int from, int to)
    {
        var weights = new double[to * from];
        for (var i = 0; i < to; i++)
        {
            var place = (i + 0.5) * from / to - 0.5;
            var first = (int)Math.Floor(place);
            for (var tap = -1; tap <= 2; tap++)
                weights[i * from + Math.Clamp(first + tap, 0, from - 1)] += Cubic(Math.Abs(place - (first + tap)));
        }
        return weights;
    }

    private static double Cubic(double distance) => distance switch
    {
        <= 1 => ((A + 2) * distance - (A + 3)) * distance * distance + 1,
        < 2 => ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A,
        _ => 0,
    };
}
