using Mllm.Runtime.Tests.Kernels;

namespace Mllm.Runtime.Tests.Verification.Reference;

/// <summary>The arithmetic of transformers in double and in plain loops over rows: slow, and shares nothing with what it is compared with.</summary>
internal static class Plain
{
    /// <summary>x W^T + b, with W [out, in].</summary>
    public static double[][] Linear(double[][] x, Nd weight, Nd? bias = null) => [.. x.Select(row =>
    {
        var result = new double[weight.Shape[0]];
        for (var o = 0; o < result.Length; o++)
        {
            var sum = bias?.Data[o] ?? 0;
            for (var i = 0; i < row.Length; i++)
                sum += weight.Data[o * row.Length + i] * row[i];
            result[o] = sum;
        }
        return result;
    })];

    public static double[][] LayerNorm(double[][] x, Nd gain, Nd offset, double eps) => [.. x.Select(row =>
    {
        var mean = row.Average();
        var variance = row.Average(v => (v - mean) * (v - mean));
        return row.Select((v, i) => (v - mean) / Math.Sqrt(variance + eps) * gain.Data[i] + offset.Data[i]).ToArray();
    })];

    public static double[][] RmsNorm(double[][] x, Nd gain, double eps) => [.. x.Select(row =>
    {
        var square = row.Average(v => v * v);
        return row.Select((v, i) => v / Math.Sqrt(square + eps) * gain.Data[i]).ToArray();
    })];

    /// <summary>Scaled dot-product attention; several query heads may share a key head. A query that sees nothing gives zeros.</summary>
    /// <param name="sees">Whether a query (its row) sees a key (its row).</param>
    /// <param name="bias">What a head adds to the score of a query and a key.</param>
    public static double[][] Attention(double[][] q, double[][] k, double[][] v, int heads, int keyHeads, Func<int, int, bool> sees, Func<int, int, int, double>? bias = null)
    {
        var width = q[0].Length / heads;
        var result = q.Select(_ => new double[heads * width]).ToArray();
        for (var head = 0; head < heads; head++)
            for (var i = 0; i < q.Length; i++)
            {
                var (number, own, shared) = (head, head * width, head / (heads / keyHeads) * width);
                var seen = Enumerable.Range(0, k.Length).Where(j => sees(i, j)).ToList();
                var scores = seen.Select(j => Enumerable.Range(0, width).Sum(d => q[i][own + d] * k[j][shared + d]) / Math.Sqrt(width) + (bias?.Invoke(number, i, j) ?? 0)).ToList();
                var largest = scores.DefaultIfEmpty().Max();
                var sum = scores.Sum(s => Math.Exp(s - largest));
                for (var n = 0; n < seen.Count; n++)
                    for (var d = 0; d < width; d++)
                        result[i][own + d] += Math.Exp(scores[n] - largest) / sum * v[seen[n]][shared + d];
            }
        return result;
    }

    /// <summary>Rotary positions in the layout that pairs element d of a head with element d + width / 2.</summary>
    /// <param name="positions">The position of each row; null for its number.</param>
    public static double[][] Rope(double[][] x, int width, double theta, IReadOnlyList<int>? positions = null) => [.. x.Select((row, number) =>
    {
        var position = positions?[number] ?? number;
        var half = width / 2;
        return row.Select((value, i) =>
        {
            var d = i % width;
            var angle = position * Math.Pow(theta, -2.0 * (d % half) / width);
            var partner = d < half ? -row[i + half] : row[i - half];
            return value * Math.Cos(angle) + partner * Math.Sin(angle);
        }).ToArray();
    })];

    /// <summary>The patches of a picture [3, side, side], each projected by a kernel [out, 3, patch, patch]; row by row.</summary>
    public static double[][] Patches(Nd picture, Nd kernel)
    {
        var (patch, grid) = (kernel.Shape[2], picture.Shape[1] / kernel.Shape[2]);
        return [.. from row in Enumerable.Range(0, grid)
                   from column in Enumerable.Range(0, grid)
                   select Enumerable.Range(0, kernel.Shape[0]).Select(o => Nd.Indices([3, patch, patch]).Sum(i =>
                       kernel[o, i[0], i[1], i[2]] * picture[i[0], row * patch + i[1], column * patch + i[2]])).ToArray()];
    }

    public static double[][] Add(double[][] a, double[][] b, double factor = 1) => [.. a.Zip(b, (x, y) => x.Zip(y, (p, q) => p + factor * q).ToArray())];

    public static double[][] Multiply(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (p, q) => p * q).ToArray())];

    public static double[][] Map(double[][] x, Func<double, double> f) => [.. x.Select(row => Array.ConvertAll(row, v => f(v)))];

    /// <summary>Columns from one on.</summary>
    public static double[][] Columns(double[][] x, int from, int count) => [.. x.Select(row => row[from..(from + count)])];

    public static double[][] Rows(Nd table) => [.. Enumerable.Range(0, table.Shape[0]).Select(i => table.Row(i).Data)];

    public static double[][] Embed(IEnumerable<long> ids, Nd table) => [.. ids.Select(i => table.Row((int)i).Data)];

    public static bool Causal(int query, int key) => key <= query;

    public static bool Everything(int query, int key) => true;

    public static double Gelu(double x) => x * 0.5 * ElementwiseTests.Erfc(-x / Math.Sqrt(2));

    public static double QuickGelu(double x) => x / (1 + Math.Exp(-1.702 * x));

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double Relu(double x) => Math.Max(x, 0);

    /// <summary>The mean next-token cross-entropy where a label is not negative.</summary>
    public static double Loss(double[][] logits, long[] labels) => Enumerable.Range(1, labels.Length - 1).Where(i => labels[i] >= 0)
        .Average(i => Math.Log(logits[i - 1].Sum(l => Math.Exp(l - logits[i - 1].Max()))) + logits[i - 1].Max() - logits[i - 1][labels[i]]);
}
