using Mllm.Compiler.Ir.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// What an attention adds to its scores, in one tensor: which keys a query may see (causality, the mask operand, padding) and position biases. The
/// same for all layers of a run where they share their operands, so it is built once for a run.
/// </summary>
internal sealed class AttentionMask
{
    private readonly KernelSite _site;
    private readonly long _heads, _width;
    private readonly bool _causal, _alibi, _hasMask, _hasBias, _hasRelative;
    private readonly string _added;
    private readonly Scalar _scale;

    public AttentionMask(KernelSite site, long heads, long width)
    {
        (_site, _heads, _width, _scale) = (site, heads, width, 1 / Math.Sqrt(width));
        (_causal, _alibi) = (site.Attributes.Bool("causal"), site.Attributes.Bool("alibi"));
        (_hasMask, _hasBias, _hasRelative) = (site.Has(AttentionOp.Mask), site.Has(AttentionOp.Bias), site.Has(AttentionOp.Relative));
        _added = $"attention biases {heads} {_causal} {_alibi} {site.SeesText}";
    }

    /// <summary>The mask for n queries, the last of m keys.</summary>
    /// <param name="q">[rows, heads, n, width], scaled up by width^0.5.</param>
    public Built Build(KernelContext c, Tensor q, long n, long m)
    {
        var padding = _site.SeesText ? c.Context.KeyMask : null;
        CheckPadding(padding, q.size(0), m);
        var isCausal = _causal && n > 1;
        if (!_hasBias && !_alibi && !_hasRelative)
        {
            if (padding is null && !_hasMask && (!isCausal || n == m))
                return new Built(null, isCausal);
            return new Built(Visible(c, padding, n, m).alias(), false);
        }
        var dtype = q.dtype == ScalarType.BFloat16 && q.device_type == DeviceType.CPU ? ScalarType.Float32 : q.dtype;
        var isFree = padding is null && !_hasMask && !isCausal;
        if (!_hasRelative)
            return new Built(Once(c).alias(), false);
        using var relative = Relative(c, q, padding, n, m);
        using var typed = relative.to(dtype);
        using var others = _hasBias || _alibi ? typed.add(Once(c), Numbers.One) : null;
        return new Built(others is not null || isFree ? (others ?? typed).alias() : Hide(typed, Visible(c, padding, n, m)), false);

        Tensor Once(KernelContext c) => c.Once(new MemoKey(_added, Identity(c, _hasMask, AttentionOp.Mask), Identity(c, _hasBias, AttentionOp.Bias), m, n), () =>
        {
            using var biases = Biases(c, padding, n, m, dtype);
            return isFree ? biases.alias() : Hide(biases, Visible(c, padding, n, m));
        });
    }

    private static int Identity(KernelContext c, bool has, int operand) => has ? c.Identity(operand) : -1;

    /// <summary>True where a query may see a key: [rows or 1, 1, n or 1, m]. At least one reason to hide keys is there.</summary>
    private Tensor Visible(KernelContext c, Tensor? padding, long n, long m) =>
        c.Once(new MemoKey($"attention visible {_causal} {_site.SeesText}", Identity(c, _hasMask, AttentionOp.Mask), M: m, N: n), () =>
        {
            var visible = _causal && n > 1 ? Causal(n, m, c.Device) : null;
            if (_hasMask)
                visible = Both(visible, MaskOperand(c, m));
            if (padding is not null)
                visible = Both(visible, padding.view(padding.size(0), 1, 1, m));
            return visible ?? throw new InvalidOperationException("nothing hides keys here");
        });

    /// <summary>The mask operand as [rows or 1, 1, n, m]; keys of the cache before it are visible.</summary>
    private Tensor MaskOperand(KernelContext c, long m)
    {
        var mask = c[AttentionOp.Mask];
        var before = m - mask.size(-1);
        using var shaped = _site.HasRows(AttentionOp.Mask) ? mask.unsqueeze(1) : mask.view(1, 1, mask.size(0), mask.size(1));
        return before == 0 ? shaped.alias() : nn.functional.pad(shaped, [before, 0], PaddingModes.Constant, 1);
    }

    private Tensor Biases(KernelContext c, Tensor? padding, long n, long m, ScalarType dtype)
    {
        using var alibi = _alibi ? Alibi(c, padding, n, m, dtype) : null;
        if (!_hasBias)
            return alibi!.alias();
        var bias = c[AttentionOp.Bias];
        if (bias.size(-1) != m)
            throw new InvalidOperationException($"the attention's bias has {bias.size(-1)} keys, with the cache there are {m}");
        using var typed = bias.to(dtype);
        using var shaped = _site.HasRows(AttentionOp.Bias) ? typed.alias() : typed.unsqueeze(0);
        return alibi is null ? shaped.alias() : shaped.add(alibi, Numbers.One);
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
    private static Tensor Distance(KernelContext c, Tensor? padding, long n, long m) =>
        c.Once(new MemoKey($"attention distance {padding is not null}", M: m, N: n), () =>
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

    /// <summary>Query i, which is position i + m - n, sees the keys up to its own position.</summary>
    private static Tensor Causal(long n, long m, Device device)
    {
        using var all = ones(1, 1, n, m, ScalarType.Bool, device);
        return all.tril(m - n);
    }

    private static Tensor Hide(Tensor biases, Tensor visible)
    {
        using var hidden = visible.logical_not();
        return biases.masked_fill(hidden, Numbers.MinusInfinity);
    }

    private static Tensor Both(Tensor? first, Tensor second)
    {
        if (first is null)
            return second;
        using (first)
        using (second)
            return first.logical_and(second);
    }

    private static void CheckPadding(Tensor? padding, long rows, long m)
    {
        if (padding is not null && (padding.dim() != 2 || padding.size(0) != rows || padding.size(1) != m || padding.dtype != ScalarType.Bool))
            throw new InvalidOperationException($"the key mask is {padding.dtype} [{string.Join(", ", padding.shape)}], the attention has {rows} rows and {m} keys");
    }

    /// <summary>A mask for LibTorch.</summary>
    /// <param name="Visible">Boolean (true: seen) or added to the scores, [rows or 1, heads or 1, n or 1, m]; null when there is none.</param>
    /// <param name="IsCausal">Whether plain causality, which LibTorch does without a mask, is all.</param>
    internal readonly record struct Built(Tensor? Visible, bool IsCausal) : IDisposable
    {
        public void Dispose() => Visible?.Dispose();
    }
}
