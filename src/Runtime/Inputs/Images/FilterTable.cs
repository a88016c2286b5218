namespace Mllm.Runtime.Inputs;

/// <summary>
/// For each output position along one axis: which source positions it draws from and with which fixed-point
/// weights. The filter is stretched by the reduction factor, so that every source pixel counts.
/// </summary>
internal sealed class FilterTable
{
    /// <summary>8 bits of value and 2 bits of headroom for negative lobes leave 22 of 32 bits for a weight's fraction.</summary>
    private const int FractionBits = 32 - 8 - 2;

    /// <summary>One half, the start of every sum, so that dropping the fraction rounds.</summary>
    public const int Half = 1 << (FractionBits - 1);

    private readonly int[] _first;
    private readonly int[] _taps;
    private readonly int[] _weights;
    private readonly int _stride;

    private FilterTable(int count, int stride)
    {
        _first = new int[count];
        _taps = new int[count];
        _stride = stride;
        _weights = new int[checked(count * stride)];
    }

    /// <summary>How many output positions there are.</summary>
    public int Count => _first.Length;

    /// <summary>The first source position of output position <paramref name="i"/>.</summary>
    public int First(int i) => _first[i];

    /// <summary>The weights of the source positions from <see cref="First"/> on.</summary>
    public ReadOnlySpan<int> Weights(int i) => _weights.AsSpan(i * _stride, _taps[i]);

    /// <summary>The source positions that any output position needs: the first and how many.</summary>
    public (int First, int Count) Reach()
    {
        int first = _first[0], end = _first[^1] + _taps[^1];
        return (first, end - first);
    }

    /// <summary>A rounded sum as an 8-bit value.</summary>
    public static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    /// <summary>
    /// The table that resizes <paramref name="from"/> positions to <paramref name="to"/>, for the outputs
    /// <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/>.
    /// </summary>
    public static FilterTable Create(int from, int to, int first, int count, Resample filter)
    {
        (Func<double, double> kernel, double radius) = filter switch
        {
            Resample.Bicubic => ((Func<double, double>)Cubic, 2.0),
            Resample.Bilinear => (Triangle, 1.0),
            _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "not a smooth filter"),
        };
        double scale = (double)from / to;
        double stretch = Math.Max(scale, 1.0);
        double support = radius * stretch;
        var table = new FilterTable(count, (2 * (int)Math.Ceiling(support)) + 1);
        var exact = new double[table._stride];
        for (int i = 0; i < count; i++)
        {
            double centre = (first + i + 0.5) * scale;
            int start = Math.Max((int)(centre - support + 0.5), 0);
            int taps = Math.Min((int)(centre + support + 0.5), from) - start;
            (table._first[i], table._taps[i]) = (start, taps);
            double total = 0;
            for (int tap = 0; tap < taps; tap++)
            {
                exact[tap] = kernel((tap + start - centre + 0.5) * (1.0 / stretch));
                total += exact[tap];
            }

            for (int tap = 0; tap < taps; tap++)
            {
                double weight = total == 0 ? exact[tap] : exact[tap] / total;
                table._weights[(i * table._stride) + tap] = (int)((weight * (1 << FractionBits)) + (weight < 0 ? -0.5 : 0.5));
            }
        }

        return table;
    }

    /// <summary>Keys' cubic convolution kernel (1981) with a = -0.5.</summary>
    private static double Cubic(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return x switch
        {
            < 1 => ((((a + 2) * x) - (a + 3)) * x * x) + 1,
            < 2 => ((((x - 5) * x) + 8) * x - 4) * a,
            _ => 0,
        };
    }

    private static double Triangle(double x) => Math.Max(1 - Math.Abs(x), 0);
}
