using Mllm.Runtime.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Inputs;

public class ResamplingTests
{
    public static TheoryData<int, int, int, Resample> Sizes
    {
        get
        {
            var sizes = new TheoryData<int, int, int, Resample>();
            foreach ((int width, int height, int size) in new[] { (50, 31, 20), (31, 50, 20), (7, 5, 40), (32, 32, 16), (23, 60, 23), (3, 3, 1), (1, 1, 5), (2, 70, 9) })
            {
                sizes.Add(width, height, size, Resample.Bicubic);
                sizes.Add(width, height, size, Resample.Bilinear);
            }

            return sizes;
        }
    }

    /// <summary>
    /// Against the definition in real numbers. Rounding to whole levels after each pass costs at most half a level
    /// there: 0.5 * (1 + the sum of the second pass's absolute weights). Fixed-point weights add less than 0.01.
    /// The values stay away from 0 and 255, so that nothing is clipped.
    /// </summary>
    [Theory]
    [MemberData(nameof(Sizes))]
    public void Resizing_follows_the_definition(int width, int height, int size, Resample filter)
    {
        RgbImage image = Noise(width, height, 64, 192);
        var spec = new ImageSpec(size, ImageFit.StretchToSquare, default, new(0, 0, 0), new(1, 1, 1), filter, RescaleFactor: 1);
        float[] made = ImageTransform.Apply(image, spec).Data;
        double[][] columns = Weights(width, size, filter), rows = Weights(height, size, filter);
        for (int y = 0; y < size; y++)
        {
            double tolerance = (0.5 * (1 + rows[y].Sum(Math.Abs))) + 0.01;
            for (int x = 0; x < size; x++)
            {
                for (int c = 0; c < 3; c++)
                {
                    double exact = 0;
                    for (int j = 0; j < height; j++)
                    {
                        for (int i = 0; i < width; i++)
                        {
                            exact += rows[y][j] * columns[x][i] * image.Pixels[(3 * ((j * width) + i)) + c];
                        }
                    }

                    Assert.InRange(made[(((c * size) + y) * size) + x] - exact, -tolerance, tolerance);
                }
            }
        }
    }

    /// <summary>Random levels between the two bounds, the same for the same size.</summary>
    internal static RgbImage Noise(int width, int height, int low, int high)
    {
        var image = new RgbImage(width, height);
        var random = new Random((width * 1000) + height);
        foreach (ref byte value in image.Pixels)
        {
            value = (byte)random.Next(low, high + 1);
        }

        return image;
    }

    /// <summary>The weight of every source position for every output position, straight from the definition.</summary>
    private static double[][] Weights(int from, int to, Resample filter)
    {
        double scale = (double)from / to, stretch = Math.Max(1, scale), radius = filter == Resample.Bicubic ? 2 : 1;
        return [.. Enumerable.Range(0, to).Select(o =>
        {
            double centre = (o + 0.5) * scale;
            double[] weights = [.. Enumerable.Range(0, from).Select(i => Math.Abs(i + 0.5 - centre) >= radius * stretch ? 0 : Kernel((i + 0.5 - centre) / stretch))];
            double sum = weights.Sum();
            return weights.Select(w => w / sum).ToArray();
        })];

        double Kernel(double x)
        {
            x = Math.Abs(x);
            return filter == Resample.Bilinear ? 1 - x
                : x < 1 ? (1.5 * x * x * x) - (2.5 * x * x) + 1
                : (-0.5 * x * x * x) + (2.5 * x * x) - (4 * x) + 2;
        }
    }
}
