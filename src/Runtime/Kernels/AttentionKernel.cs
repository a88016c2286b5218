using Mllm.Compiler.Ir.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// Scaled dot-product attention through LibTorch's fused kernels. Key head j serves the query heads j·g to j·g + g - 1. With a cache, the new keys and
/// values are added to it and queries see them all; the queries are the last positions. The keys of a prefix stand before all these and are never put in
/// the cache. A query that may see nothing gets zeros.
/// </summary>
public sealed class AttentionKernel : IKernel
{
    public string Name => "attention";

    public BoundKernel Bind(KernelSite site) => new Use(site).Run;

    /// <summary>One attention of a program.</summary>
    private sealed class Use
    {
        private readonly KernelSite _site;
        private readonly AttentionMask _mask;
        private readonly long _heads, _keyHeads, _width;
        private readonly Scalar? _factor;
        private readonly bool _hasPrefix;

        public Use(KernelSite site)
        {
            var a = site.Attributes;
            (_site, _hasPrefix) = (site, site.Has(AttentionOp.PrefixK));
            (_heads, _keyHeads) = (a.Int("heads"), AttentionOp.KvHeads(a).Value!.Value);
            _width = site[AttentionOp.Q].Shape[1].Value!.Value / _heads;
            // LibTorch scales by width^-0.5; another scale is put into the queries.
            if (a.Has("scale") && a.Float("scale") * Math.Sqrt(_width) is var factor && factor != 1)
                _factor = factor;
            _mask = new AttentionMask(site, _heads, _width);
        }

        public Tensor Run(KernelContext c)
        {
            var rows = Rows(c);
            using var q = Queries(c, rows);
            var k = Heads(c, AttentionOp.K, _keyHeads, rows);
            var v = Heads(c, AttentionOp.V, _keyHeads, rows);
            try
            {
                if (c.Slot is { } slot)
                {
                    var (newKeys, newValues) = (k, v);
                    (k, v) = slot.Append(newKeys, newValues);
                    newKeys.Dispose();
                    newValues.Dispose();
                }
                var own = k.size(2);
                if (_hasPrefix)
                    (k, v) = (Join(Heads(c, AttentionOp.PrefixK, _keyHeads, rows), k), Join(Heads(c, AttentionOp.PrefixV, _keyHeads, rows), v));
                var attended = Attend(c, q, ref k, ref v, own);
                if (_site.IsBatched)
                    return attended;
                using (attended)
                    return attended.squeeze(0);
            }
            finally
            {
                k.Dispose();
                v.Dispose();
            }
        }

        /// <summary>The weighted values, [rows, n, heads · value width].</summary>
        /// <param name="own">How many of the keys, the last ones, are not the prefix's.</param>
        private Tensor Attend(KernelContext c, Tensor q, ref Tensor k, ref Tensor v, long own)
        {
            long rows = q.size(0), n = q.size(2), m = k.size(2), group = _heads / _keyHeads;
            using var mask = _mask.Build(c, q, n, own, m - own);
            if (n == 1 && !c.Context.Gradients && Bf16DecodeAttention.Accepts(q, k, v, mask.Visible))
                return Bf16DecodeAttention.Run(q, k, v, mask.Visible);
            if (n == 1 && group > 1)
            {
                // One query for each head: the heads of a group become the queries of their key head, and no key is copied.
                using var grouped = q.reshape(rows, _keyHeads, group, _width);
                using var seen = mask.Visible is { } t && t.size(1) > 1 ? t.reshape(t.size(0), _keyHeads, group, m) : mask.Visible?.alias();
                using var values = Fused(grouped, k, v, seen, isCausal: false);
                return values.reshape(rows, 1, _heads * v.size(3));
            }
            if (group > 1)
                (k, v) = (Repeat(k, group), Repeat(v, group));
            using var result = Fused(q, k, v, mask.Visible, mask.IsCausal);
            using var ordered = result.transpose(1, 2);
            return ordered.reshape(rows, n, _heads * v.size(3));
        }

        private static Tensor Fused(Tensor q, Tensor k, Tensor v, Tensor? mask, bool isCausal)
        {
            var result = nn.functional.scaled_dot_product_attention(q, k, v, mask, 0, isCausal);
            if (mask is null || q.device_type == DeviceType.CPU)
                return result;
            // On the CPU LibTorch gives zeros for a query that sees nothing (tested); elsewhere some of its kernels give no number.
            using (result)
            {
                using var hidden = mask.dtype == ScalarType.Bool ? mask.logical_not() : mask.isneginf();
                using var blind = hidden.all(-1, keepdim: true);
                return result.masked_fill(blind, Numbers.Zero);
            }
        }

        private Tensor Queries(KernelContext c, long rows)
        {
            var q = Heads(c, AttentionOp.Q, _heads, rows);
            if (_factor is not { } factor)
                return q;
            using (q)
                return q.mul(factor);
        }

        /// <summary>An operand [rows, length, heads · width] as [rows, heads, length, width]; a view.</summary>
        private Tensor Heads(KernelContext c, int operand, long heads, long rows)
        {
            var x = c[operand];
            var hasRows = _site.HasRows(operand);
            using var split = x.reshape(hasRows ? rows : 1, x.size(-2), heads, x.size(-1) / heads);
            if (hasRows || rows == 1)
                return split.transpose(1, 2);
            using var turned = split.transpose(1, 2);
            return turned.expand(rows, -1, -1, -1);
        }

        private long Rows(KernelContext c)
        {
            for (var operand = 0; operand < c.Count; operand++)
                if (_site.HasRows(operand))
                    return c[operand].size(0);
            return 1;
        }

        /// <summary>The keys or values of the prefix, then the own ones. Disposes what it is given.</summary>
        private static Tensor Join(Tensor prefix, Tensor own)
        {
            using (prefix)
            using (own)
                return cat([prefix, own], 2);
        }

        /// <summary>Each head several times in a row. Disposes what it is given.</summary>
        private static Tensor Repeat(Tensor x, long times)
        {
            using (x)
            {
                using var apart = x.unsqueeze(2);
                using var repeated = apart.expand(-1, -1, times, -1, -1);
                return repeated.reshape(x.size(0), x.size(1) * times, x.size(2), x.size(3));
            }
        }
    }
}
