using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>Blurs a picture with a Gaussian, rows first and columns second; beyond its edge the edge's pixels go on.</summary>
internal static class GaussianBlur
{
    private const int Bits = 16;

    /// <param name="picture">Any picture.</param>
    /// <param name="deviation">The standard deviation in pixels, above 0.</param>
    public static RgbImage Of(RgbImage picture, double deviation)
    {
        var weights = Weights(deviation);
        return Columns(Rows(picture, weights), weights);
    }

    /// <summary>The weights to three standard deviations either side, which add up to 1 exactly.</summary>
    private static int[] Weights(double deviation)
    {
        var reach = Math.Max(1, (int)Math.Ceiling(3 * deviation));
        var exact = Enumerable.Range(-reach, 2 * reach + 1).Select(x => Math.Exp(-0.5 * x * x / (deviation * deviation))).ToArray();
        var total = exact.Sum();
        var weights = exact.Select(w => (int)Math.Round(w / total * (1 << Bits))).ToArray();
        weights[reach] += (1 << Bits) - weights.Sum();
        return weights;
    }

    /// <summary>A neighbour's values lie three bytes further, so a weighted row is the sum of shifted rows.</summary>
    private static RgbImage Rows(RgbImage picture, int[] weights)
    {
        var (result, reach, length) = (new RgbImage(picture.Width, picture.Height), weights.Length / 2, 3 * picture.Width);
        var wide = new byte[length + 6 * reach];
        var sums = new int[length];
        for (var y = 0; y < picture.Height; y++)
        {
            var row = picture.Row(y);
            row.CopyTo(wide.AsSpan(3 * reach));
            for (var x = 0; x < reach; x++)
            {
                row[..3].CopyTo(wide.AsSpan(3 * x));
                row[^3..].CopyTo(wide.AsSpan(3 * (reach + picture.Width + x)));
            }

            Array.Fill(sums, 1 << (Bits - 1));
            for (var tap = 0; tap < weights.Length; tap++)
                Resampler.AddWeighted(wide.AsSpan(3 * tap, length), weights[tap], sums);
            Store(sums, result.Row(y));
        }

        return result;
    }

    private static RgbImage Columns(RgbImage picture, int[] weights)
    {
        var (result, reach) = (new RgbImage(picture.Width, picture.Height), weights.Length / 2);
        var sums = new int[3 * picture.Width];
        for (var y = 0; y < picture.Height; y++)
        {
            Array.Fill(sums, 1 << (Bits - 1));
            for (var tap = 0; tap < weights.Length; tap++)
                Resampler.AddWeighted(picture.Row(Math.Clamp(y + tap - reach, 0, picture.Height - 1)), weights[tap], sums);
            Store(sums, result.Row(y));
        }

        return result;
    }

    private static void Store(int[] sums, Span<byte> row)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = (byte)(sums[i] >> Bits);
    }
}
