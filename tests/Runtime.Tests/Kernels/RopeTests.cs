using Mllm.Compiler.Ir;
using Xunit;

namespace Mllm.Runtime.Tests.Kernels;

public class RopeTests
{
    /// <summary>Angles are float32 numbers in every element type: an angle of at most 40 is off by some of its 2^-24, and so are its sine and cosine.</summary>
    private const double AngleError = 40 * 4.0 / (1 << 24);

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    [InlineData(6, false)]
    public void Pairs_are_turned_by_their_position(int? rotary, bool interleaved)
    {
        const int head = 8;
        var turned = rotary ?? head;
        (string, Constant)[] attributes = [("head_dim", head), ("theta", 100.0), ("interleaved", interleaved), .. rotary is { } r ? [("rotary", r)] : ReadOnlySpan<(string, Constant)>.Empty];
        KernelCheck.Compare("rope", [Operand.Float(5, 3 * head), Operand.Ids(r => r.Next(-40, 41), 5)], (v, _) => Nd.Make([5, 3 * head], i =>
        {
            int at = i[1] % head, start = i[1] - at;
            if (at >= turned)
                return v[0]![i];
            var pair = interleaved ? at / 2 : at % (turned / 2);
            var isFirst = interleaved ? at % 2 == 0 : at < turned / 2;
            var angle = v[1]![i[0]] * Math.Pow(100, -2.0 * pair / turned);
            var first = v[0]![i[0], start + (interleaved ? 2 * pair : pair)];
            var second = v[0]![i[0], start + (interleaved ? 2 * pair + 1 : pair + turned / 2)];
            return isFirst ? first * Math.Cos(angle) - second * Math.Sin(angle) : second * Math.Cos(angle) + first * Math.Sin(angle);
        }), steps: 4, scale: 2, floor: 2 * AngleError, attributes: attributes);
    }
}
