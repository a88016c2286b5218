using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// The mean negative log-likelihood of the labels that count. With smoothing s a label has the probability 1 - s, and s is spread over all classes, its own
/// too. Sums are kept in float32 where the element type is narrower.
/// </summary>
public sealed class CrossEntropyKernel : IKernel
{
    public string Name => "cross_entropy";

    public BoundKernel Bind(KernelSite site)
    {
        var (smoothing, ignored) = (site.Attributes.Float("smoothing"), site.Attributes.Int("ignore"));
        var (logits, labels, isBatched) = (site.HasRows(0), site.HasRows(1), site.IsBatched);
        var mask = site.Real(1);
        return c =>
        {
            var rows = logits ? c[0].size(0) : labels ? c[1].size(0) : 1;
            var classes = c[0].size(-1);
            using var scores = Spread(c[0], logits, rows, c[0].numel() / Math.Max(classes, 1), classes);
            using var targets = Spread(c[1], labels, rows, c[1].numel());
            using var wide = scores.dtype == ScalarType.BFloat16 ? scores.to(ScalarType.Float32) : scores.alias();
            using var counted = mask < 0 ? targets.alias() : Counted(targets, c[mask], ignored);
            using var losses = Losses(wide, counted, ignored, smoothing);
            using var narrow = losses.to(c[0].dtype);
            return isBatched ? narrow.alias() : narrow.squeeze(0);
        };
    }

    /// <summary>No label where nothing is real; the mask has leading axes of the labels, which are [rows, n] here.</summary>
    private static Tensor Counted(Tensor labels, Tensor mask, long ignored)
    {
        using Scalar ignore = ignored;
        using var lines = mask.reshape(labels.size(0), -1, 1);
        using var split = labels.reshape(labels.size(0), lines.size(1), -1);
        using var counted = Padding.Fill(split, lines, ignore);
        return counted.reshape(labels.shape);
    }

    /// <summary>The mean of each row, [rows].</summary>
    /// <param name="logits">[rows, n, classes]</param>
    /// <param name="labels">[rows, n]</param>
    private static Tensor Losses(Tensor logits, Tensor labels, long ignored, double smoothing)
    {
        using Scalar ignore = ignored, share = smoothing, rest = 1 - smoothing;
        using var isIgnored = labels.eq(ignore);
        using var known = labels.masked_fill(isIgnored, Numbers.Zero);
        IndexRange.Check(known, logits.size(-1), "`cross_entropy`: a label");
        using var logs = logits.log_softmax(-1);
        using var column = known.unsqueeze(-1);
        using var own = logs.gather(-1, column);
        using var likelihood = own.squeeze(-1);
        using var smoothed = smoothing > 0 ? Smoothed(logs, likelihood, share, rest) : likelihood.alias();
        using var counted = smoothed.masked_fill(isIgnored, Numbers.Zero);
        using var sum = counted.sum(1);
        using var counts = isIgnored.logical_not();
        using var number = counts.sum(1);
        using var divisor = number.clamp_min(Numbers.One);
        using var mean = sum.div(divisor);
        return mean.neg();
    }

    private static Tensor Smoothed(Tensor logs, Tensor likelihood, Scalar share, Scalar rest)
    {
        using var all = logs.mean([-1]);
        using var spread = all.mul(share);
        using var own = likelihood.mul(rest);
        return own.add(spread, Numbers.One);
    }

    /// <summary>A tensor with its rows, and one axis for all leading axes of its type; one that is the same for all rows is repeated.</summary>
    private static Tensor Spread(Tensor x, bool has, long rows, long count, params long[] last)
    {
        if (has)
            return x.reshape([rows, count / Math.Max(rows, 1), .. last]);
        using var single = x.reshape([1, count, .. last]);
        return single.expand([rows, count, .. last]);
    }
}
