using Mllm.Compiler.Ir.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// What an attention adds to its scores, in one tensor: which keys a query may see (causality, the mask operand, padding) and position biases. The
/// same for all layers of a run where they share their operands, so it is built once for a run.
/// </summary>
internal sealed partial class AttentionMask
{
    private readonly KernelSite _site;
    private readonly long _heads, _width;
    private readonly bool _causal, _alibi, _hasMask, _hasBias, _hasRelative, _hasDistances;
    private readonly string _added;
    private readonly Scalar _scale;

    public AttentionMask(KernelSite site, long heads, long width)
    {
        (_site, _heads, _width, _scale) = (site, heads, width, 1 / Math.Sqrt(width));
        (_causal, _alibi) = (site.Attributes.Bool("causal"), site.Attributes.Bool("alibi"));
        (_hasMask, _hasBias, _hasRelative) = (site.Has(AttentionOp.Mask), site.Has(AttentionOp.Bias), site.Has(AttentionOp.Relative));
        _hasDistances = site.Has(AttentionOp.Distances);
        _added = $"attention biases {heads} {_causal} {_alibi} {site.SeesText} {site.RealKeys >= 0}";
    }

    /// <summary>The mask for n queries, the last of m keys, behind the keys of a prefix.</summary>
    /// <param name="q">[rows, heads, n, width], scaled up by width^0.5.</param>
    /// <param name="prefix">How many keys stand before the m, which every query sees and which have no position.</param>
    public Built Build(KernelContext c, Tensor q, long n, long m, long prefix)
    {
        var padding = _site.RealKeys >= 0 ? c[_site.RealKeys] : _site.SeesText ? c.Context.KeyMask : null;
        CheckPadding(padding, q.size(0), m);
        var isCausal = _causal && n > 1;
        if (!_hasBias && !_alibi && !_hasRelative && !_hasDistances)
        {
            if (padding is null && !_hasMask && (!isCausal || (n == m && prefix == 0)))
                return new Built(null, isCausal);
            var visible = prefix == 0 ? Visible(c, padding, n, m)
                : c.Once(VisibleKey(c, n, m, prefix), () => Behind(prefix, Visible(c, padding, n, m), Numbers.One));
            return new Built(visible.alias(), false);
        }
        var dtype = q.dtype == ScalarType.BFloat16 && q.device_type == DeviceType.CPU ? ScalarType.Float32 : q.dtype;
        var isFree = padding is null && !_hasMask && !isCausal;
        if (!_hasRelative)
            return new Built(Once(c, prefix).alias(), false);
        using var relative = Relative(c, q, padding, n, m);
        using var typed = relative.to(dtype);
        using var others = _hasBias || _alibi || _hasDistances ? typed.add(Once(c, 0), Numbers.One) : null;
        using var own = others is not null || isFree ? (others ?? typed).alias() : Hide(typed, Visible(c, padding, n, m));
        return new Built(prefix == 0 ? own.alias() : Behind(prefix, own, Numbers.Zero), false);

        Tensor Once(KernelContext c, long before)
        {
            var (mask, bias, distances) = (Identity(c, _hasMask, AttentionOp.Mask), Identity(c, _hasBias, AttentionOp.Bias), Identity(c, _hasDistances, AttentionOp.Distances));
            var key = new MemoKey(_site.RealKeys < 0 ? _added : $"{_added} {RealKeys(c)}", mask, bias, m, n, distances, before);
            return c.Once(key, () =>
            {
                using var biases = Biases(c, padding, n, m, dtype);
                using var hidden = isFree ? biases.alias() : Hide(biases, Visible(c, padding, n, m));
                return before == 0 ? hidden.alias() : Behind(before, hidden, Numbers.Zero);
            });
        }
    }

    /// <summary>The identity of the operand that says which keys are real; -1 where the run's own mask does, or all are.</summary>
    private int RealKeys(KernelContext c) => _site.RealKeys < 0 ? -1 : c.Identity(_site.RealKeys);

    private static int Identity(KernelContext c, bool has, int operand) => has ? c.Identity(operand) : -1;

    /// <summary>True where a query may see a key: [rows or 1, 1, n or 1, m]. At least one reason to hide keys is there.</summary>
    private Tensor Visible(KernelContext c, Tensor? padding, long n, long m) =>
        c.Once(VisibleKey(c, n, m, 0), () =>
        {
            var visible = _causal && n > 1 ? Causal(n, m, c.Device) : null;
            if (_hasMask)
                visible = Both(visible, MaskOperand(c, m));
            if (padding is not null)
                visible = Both(visible, padding.view(padding.size(0), 1, 1, m));
            return visible ?? throw new InvalidOperationException("nothing hides keys here");
        });

    private MemoKey VisibleKey(KernelContext c, long n, long m, long prefix) =>
        new($"attention visible {_causal} {_site.SeesText}", Identity(c, _hasMask, AttentionOp.Mask), RealKeys(c), M: m, N: n, P: prefix);

    /// <summary>The mask operand as [rows or 1, 1, n, m]; keys of the cache before it are visible.</summary>
    private Tensor MaskOperand(KernelContext c, long m)
    {
        var mask = c[AttentionOp.Mask];
        var before = m - mask.size(-1);
        using var shaped = _site.HasRows(AttentionOp.Mask) ? mask.unsqueeze(1) : mask.view(1, 1, mask.size(0), mask.size(1));
        return before == 0 ? shaped.alias() : nn.functional.pad(shaped, [before, 0], PaddingModes.Constant, 1);
    }

    /// <summary>Query i, which is position i + m - n, sees the keys up to its own position.</summary>
    private static Tensor Causal(long n, long m, Device device)
    {
        using var all = ones(1, 1, n, m, ScalarType.Bool, device);
        return all.tril(m - n);
    }

    /// <summary>The mask with columns for the keys of a prefix before the others.</summary>
    /// <param name="value">What these hold: 1 for a boolean mask, 0 for one that is added to the scores.</param>
    private static Tensor Behind(long prefix, Tensor mask, Scalar value)
    {
        using var columns = full([.. mask.shape[..^1], prefix], value, mask.dtype, mask.device);
        return cat([columns, mask], -1);
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
