using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mllm.Runtime.Inputs;

/// <summary>A rectangle of an image, in pixels.</summary>
internal readonly record struct Window(int X, int Y, int Width, int Height);

/// <summary>
/// Resizes as Pillow's <c>Image.resize</c> does, bit for bit: two passes, rows first and columns second, each with
/// 22-bit fixed-point coefficients, rounded and clipped to 8 bits in between. Only the pixels of a window of the
/// result are computed, and only the source rows that they need, so a crop of a very long picture stays cheap.
/// </summary>
internal static class Resampler
{
    /// <summary>
    /// The part <paramref name="window"/> of <paramref name="source"/> resized to <paramref name="width"/> by
    /// <paramref name="height"/> pixels.
    /// </summary>
    public static RgbImage Resize(IPixelRows source, int width, int height, Resample filter, Window window)
    {
        if (filter == Resample.Nearest)
        {
            return Nearest(source, width, height, window);
        }

        FilterTable columns = FilterTable.Create(source.Width, width, window.X, window.Width, filter);
        FilterTable rows = FilterTable.Create(source.Height, height, window.Y, window.Height, filter);
        (int firstRow, int rowCount) = rows.Reach();
        RgbImage narrowed = Rows(source, columns, firstRow, rowCount);
        return Columns(narrowed, rows, firstRow);
    }

    /// <summary>The first pass: every needed source row, resized along x.</summary>
    private static RgbImage Rows(IPixelRows source, FilterTable table, int firstRow, int rowCount)
    {
        var result = new RgbImage(table.Count, rowCount);
        for (int y = 0; y < rowCount; y++)
        {
            Span<byte> target = result.Row(y);
            if (y > 0 && source.Repeats(firstRow + y))
            {
                result.Row(y - 1).CopyTo(target);
                continue;
            }

            ReadOnlySpan<byte> row = source.WideRow(firstRow + y);
            for (int x = 0; x < table.Count; x++)
            {
                ReadOnlySpan<int> weights = table.Weights(x);
                ref byte pixel = ref Unsafe.AsRef(in row[3 * table.First(x)]);
                Vector128<int> sum = Vector128.Create(FilterTable.Half);
                foreach (int weight in weights)
                {
                    // Four bytes are read, three are the pixel; the fourth lane is thrown away.
                    sum += Widened(Unsafe.ReadUnaligned<uint>(ref pixel)) * weight;
                    pixel = ref Unsafe.Add(ref pixel, 3);
                }

                target[(3 * x) + 0] = FilterTable.ToByte(sum[0]);
                target[(3 * x) + 1] = FilterTable.ToByte(sum[1]);
                target[(3 * x) + 2] = FilterTable.ToByte(sum[2]);
            }
        }

        return result;
    }

    private static Vector128<int> Widened(uint fourBytes)
    {
        Vector128<byte> bytes = Vector128.CreateScalar(fourBytes).AsByte();
        return Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32();
    }

    /// <summary>The second pass: whole rows of the first pass's result, weighted and added up.</summary>
    private static RgbImage Columns(RgbImage source, FilterTable table, int firstRow)
    {
        var result = new RgbImage(source.Width, table.Count);
        var sums = new int[3 * source.Width];
        for (int y = 0; y < table.Count; y++)
        {
            Array.Fill(sums, FilterTable.Half);
            ReadOnlySpan<int> weights = table.Weights(y);
            for (int tap = 0; tap < weights.Length; tap++)
            {
                AddWeighted(source.Row(table.First(y) - firstRow + tap), weights[tap], sums);
            }

            Span<byte> target = result.Row(y);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = FilterTable.ToByte(sums[i]);
            }
        }

        return result;
    }

    /// <summary>Adds each value times the weight to its sum.</summary>
    internal static void AddWeighted(ReadOnlySpan<byte> values, int weight, Span<int> sums)
    {
        int step = Vector<byte>.Count, i = 0;
        for (; i <= values.Length - step; i += step)
        {
            Vector.Widen(new Vector<byte>(values[i..]), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> a, out Vector<uint> b);
            Vector.Widen(high, out Vector<uint> c, out Vector<uint> d);
            Span<Vector<int>> into = MemoryMarshal.Cast<int, Vector<int>>(sums.Slice(i, step));
            into[0] += a.As<uint, int>() * weight;
            into[1] += b.As<uint, int>() * weight;
            into[2] += c.As<uint, int>() * weight;
            into[3] += d.As<uint, int>() * weight;
        }

        for (; i < values.Length; i++)
        {
            sums[i] += values[i] * weight;
        }
    }

    /// <summary>Each pixel takes the source pixel under its centre.</summary>
    private static RgbImage Nearest(IPixelRows source, int width, int height, Window window)
    {
        int[] xs = Nearest(source.Width, width, window.X, window.Width);
        int[] ys = Nearest(source.Height, height, window.Y, window.Height);
        var result = new RgbImage(window.Width, window.Height);
        for (int y = 0; y < ys.Length; y++)
        {
            ReadOnlySpan<byte> row = source.WideRow(ys[y]);
            Span<byte> target = result.Row(y);
            for (int x = 0; x < xs.Length; x++)
            {
                row.Slice(3 * xs[x], 3).CopyTo(target[(3 * x)..]);
            }
        }

        return result;
    }

    /// <summary>
    /// The steps are added up rather than multiplied: where a centre falls on a pixel's edge, the rounding of the
    /// sum decides, and the reference sums.
    /// </summary>
    private static int[] Nearest(int from, int to, int first, int count)
    {
        double step = (double)from / to, centre = step * 0.5;
        var positions = new int[count];
        for (int i = 0; i < first + count; i++, centre += step)
        {
            if (i >= first)
            {
                positions[i - first] = Math.Min((int)centre, from - 1);
            }
        }

        return positions;
    }
}
