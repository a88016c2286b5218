using Mllm.Compiler.Ir.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>What positions and the bias operand add to the scores.</summary>
internal sealed partial class AttentionMask
{
    private Tensor Biases(KernelContext c, Tensor? padding, long n, long m, ScalarType dtype)
    {
        var sum = _hasBias ? Bias(c, m, dtype) : null;
        if (_hasDistances)
            sum = Plus(sum, Distances(c, padding, n, m, dtype));
        if (_alibi)
            sum = Plus(sum, Alibi(c, padding, n, m, dtype));
        return sum ?? throw new InvalidOperationException("nothing is added to the scores here");
    }

    private static Tensor Plus(Tensor? sum, Tensor next)
    {
        if (sum is null)
            return next;
        using (sum)
        using (next)
            return sum.add(next, Numbers.One);
    }

    /// <summary>The bias operand, [rows or 1, heads, n, m].</summary>
    private Tensor Bias(KernelContext c, long m, ScalarType dtype)
    {
        var bias = c[AttentionOp.Bias];
        if (bias.size(-1) != m)
            throw new InvalidOperationException($"the attention's bias has {bias.size(-1)} keys, with the cache there are {m}");
        using var typed = bias.to(dtype);
        return _site.HasRows(AttentionOp.Bias) ? typed.alias() : typed.unsqueeze(0);
    }

    /// <summary>Linear biases (Press et al., 2022): slope · (key position - query position), [rows or 1, heads, n, m].</summary>
    private Tensor Alibi(KernelContext c, Tensor? padding, long n, long m, ScalarType dtype)
    {
        using var slopes = from_array(Array.ConvertAll(Slopes(_heads), slope => -slope));
        using var column = slopes.view(_heads, 1, 1);
        using var typed = column.to(dtype, c.Device);
        using var distance = Distance(c, padding, n, m).to(dtype);
        return typed.mul(distance);
    }

    /// <summary>
    /// The row of each distance from a query to a key, nearer to an end of the table where it has none (Raffel et al., 2020, section 2.1):
    /// [rows or 1, heads, n, m].
    /// </summary>
    private Tensor Distances(KernelContext c, Tensor? padding, long n, long m, ScalarType dtype)
    {
        var table = c[AttentionOp.Distances];
        var rows = table.size(-2);
        using Scalar centre = (rows - 1) / 2, end = rows - 1;
        var distance = Distance(c, padding, n, m);
        // Query position - key position: the table counts the other way round.
        using var ahead = distance.neg();
        using var shifted = ahead.add(centre, Numbers.One);
        using var row = shifted.clamp(Numbers.Zero, end);
        using var taken = _site.HasRows(AttentionOp.Distances) ? TakeByRow(table, row) : Take(table, row);
        using var typed = taken.to(dtype);
        return typed.permute(0, 3, 1, 2);
    }

    /// <summary>Rows of one table: [rows or 1, n, m, heads] from indices [rows or 1, 1, n, m].</summary>
    private static Tensor Take(Tensor table, Tensor row)
    {
        using var flat = row.flatten();
        using var taken = table.index_select(0, flat);
        return taken.view(row.size(0), row.size(2), row.size(3), table.size(1));
    }

    /// <summary>Rows of a table [rows, distances, heads] for each row.</summary>
    private static Tensor TakeByRow(Tensor table, Tensor row)
    {
        long count = table.size(0), heads = table.size(2);
        using var flat = row.view(row.size(0), -1, 1);
        using var index = flat.expand(count, -1, heads);
        using var taken = table.gather(1, index);
        return taken.view(count, row.size(2), row.size(3), heads);
    }

    /// <summary>
    /// Each query's product with the row of its distance from a key (Dai et al., 2019), scaled as the scores are: [rows, heads, n, m]. A distance that
    /// has no row adds nothing.
    /// </summary>
    private Tensor Relative(KernelContext c, Tensor q, Tensor? padding, long n, long m)
    {
        // No key is further away than there are keys: what lies behind in the table is not multiplied.
        var span = Math.Min(c[AttentionOp.Relative].size(-2), m);
        using var table = c[AttentionOp.Relative].narrow(-2, 0, span);
        using Scalar end = span - 1;
        using var split = table.reshape([.. table.shape[..^1], _heads, _width]);
        using var products = _site.HasRows(AttentionOp.Relative) ? einsum("bhnd,bshd->bhns", q, split) : einsum("bhnd,shd->bhns", q, split);
        using var scaled = products.mul(_scale);
        var distance = Distance(c, padding, n, m);
        using var row = distance.clamp(Numbers.Zero, end);
        using var index = row.expand(q.size(0), _heads, n, m);
        using var taken = scaled.gather(3, index);
        using var outside = distance.ne(row);
        return taken.masked_fill(outside, Numbers.Zero);
    }

    /// <summary>
    /// Query position - key position, [rows or 1, 1, n, m]. Positions count the text's real keys, so that padding does not change a distance.
    /// </summary>
    private Tensor Distance(KernelContext c, Tensor? padding, long n, long m) =>
        c.Once(new MemoKey($"attention distance {padding is not null}", RealKeys(c), M: m, N: n), () =>
        {
            using var positions = padding is null ? Numbers.Range(0, m, 1, ScalarType.Int64, c.Device) : padding.cumsum(1);
            using var last = positions.narrow(-1, m - n, n);
            using var queries = last.view(-1, 1, n, 1);
            using var keys = positions.view(-1, 1, 1, m);
            return queries.sub(keys);
        });

    /// <summary>
    /// A slope for each head: 2^(-8i/heads) for a power of two; else those of the next lower power, then every second one of twice that power.
    /// </summary>
    internal static double[] Slopes(long heads)
    {
        var power = (long)Math.Pow(2, Math.Floor(Math.Log2(heads)));
        var slopes = Enumerable.Range(1, (int)power).Select(i => Math.Pow(2, -8.0 * i / power));
        return [.. slopes.Concat(Enumerable.Range(0, (int)(heads - power)).Select(i => Math.Pow(2, -4.0 * (2 * i + 1) / power)))];
    }
}
