using Mllm.Compiler.Ir.Ops;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// Rotary positions (Su et al., 2021, section 3.4.2): each pair of elements is turned by position · theta^(-2i/rotary). Pairs are (i, i + rotary/2),
/// or neighbours when interleaved. Angles are computed in float32 whatever the element type, as LLaMA's reference implementation in Hugging Face
/// Transformers does; positions may be negative.
/// </summary>
public sealed class RopeKernel : IKernel
{
    public string Name => "rope";

    public BoundKernel Bind(KernelSite site)
    {
        var a = site.Attributes;
        long head = a.Int("head_dim"), turned = RopeOp.Turned(a).Value!.Value, heads = site[0].Shape[1].Value!.Value / head;
        var (theta, interleaved) = (a.Float("theta"), a.Bool("interleaved"));
        var name = FormattableString.Invariant($"rope {theta:R} {turned} {interleaved}");
        bool hasRows = site.HasRows(0), isBatched = site.IsBatched, needsRows = isBatched && !hasRows;
        return c =>
        {
            var (x, positions) = (c[0], c[1]);
            var place = c.Identity(1);
            var cos = c.Once(new MemoKey(name, place, 0), () => Table(positions, theta, turned, interleaved, x.dtype, isSine: false));
            var sin = c.Once(new MemoKey(name, place, 1), () => Table(positions, theta, turned, interleaved, x.dtype, isSine: true));
            using var spread = needsRows ? x.expand(positions.size(0), -1, -1) : null;
            var (length, count) = (x.size(-2), hasRows ? x.size(0) : positions.size(0));
            using var split = isBatched ? (spread ?? x).reshape(count, length, heads, head) : x.reshape(length, heads, head);
            using var result = turned == head ? Turn(split, cos, sin, interleaved) : TurnPart(split, cos, sin, interleaved, turned, head);
            return isBatched ? result.view(count, length, heads * head) : result.view(length, heads * head);
        };
    }

    private static Tensor TurnPart(Tensor x, Tensor cos, Tensor sin, bool interleaved, long turned, long head)
    {
        using var first = x.narrow(-1, 0, turned);
        using var rest = x.narrow(-1, turned, head - turned);
        using var result = Turn(first, cos, sin, interleaved);
        return cat([result, rest], -1);
    }

    /// <summary>x · cos + (each element's partner) · sin, where the sines of the pair's first element are negative.</summary>
    private static Tensor Turn(Tensor x, Tensor cos, Tensor sin, bool interleaved)
    {
        using var partner = interleaved ? Swap(x) : x.roll(x.size(-1) / 2, -1);
        return x.mul(cos).addcmul_(partner, sin, Numbers.One);
    }

    private static Tensor Swap(Tensor x)
    {
        using var pairs = x.reshape([.. x.shape[..^1], x.size(-1) / 2, 2]);
        using var swapped = pairs.flip(-1);
        return swapped.flatten(-2);
    }

    /// <summary>Cosines or signed sines for every element that is turned: [..., n, 1, rotary], ready to stand beside [..., n, heads, rotary].</summary>
    private static Tensor Table(Tensor positions, double theta, long turned, bool interleaved, ScalarType dtype, bool isSine)
    {
        using var even = Numbers.Range(0, turned, 2, ScalarType.Float32, positions.device);
        using Scalar elements = turned, origin = theta;
        using var exponent = even.div(elements);
        using var @base = full(1, origin, ScalarType.Float32, positions.device);
        using var power = @base.pow(exponent);
        using var frequency = power.reciprocal();
        using var real = positions.to(ScalarType.Float32);
        using var column = real.unsqueeze(-1);
        using var angle = column.mul(frequency);
        using var value = isSine ? angle.sin() : angle.cos();
        using var partner = isSine ? value.neg() : value.alias();
        using var both = interleaved ? Interleave(partner, value) : cat([partner, value], -1);
        using var rounded = both.to(dtype);
        return rounded.unsqueeze(-2);
    }

    private static Tensor Interleave(Tensor first, Tensor second)
    {
        using var pairs = stack([first, second], -1);
        return pairs.flatten(-2);
    }
}
