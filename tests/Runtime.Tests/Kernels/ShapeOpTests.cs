using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Xunit;

namespace Mllm.Runtime.Tests.Kernels;

public class ShapeOpTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Concatenation(int axis)
    {
        var at = axis < 0 ? 1 : axis;
        ImmutableArray<Operand?> operands = at == 0 ? [Operand.Float(2, 5), Operand.Float(1, 5), Operand.Float(3, 5)] : [Operand.Float(2, 4), Operand.Float(2, 1)];
        KernelCheck.Compare("concat", operands, (v, _) =>
        {
            var total = v.Sum(p => p!.Shape[at]);
            return Nd.Make(at == 0 ? [total, 5] : [2, total], i =>
            {
                var (part, offset) = (0, i[at]);
                while (offset >= v[part]!.Shape[at])
                    offset -= v[part++]!.Shape[at];
                return v[part]![at == 0 ? [offset, i[1]] : [i[0], offset]];
            });
        }, steps: 0, attributes: ("axis", (Constant)axis));
    }

    [Theory]
    [InlineData(0, 1, 3)]
    [InlineData(0, -2, null)]
    [InlineData(1, 0, -1)]
    [InlineData(-1, 2, 4)]
    public void Slices(int axis, int from, int? to)
    {
        int[] shape = [4, 6];
        var at = axis < 0 ? axis + 2 : axis;
        var start = from < 0 ? from + shape[at] : from;
        var end = to is null ? shape[at] : to < 0 ? to.Value + shape[at] : to.Value;
        (string, Constant)[] attributes = [("axis", axis), ("from", from), .. to is { } t ? [("to", t)] : ReadOnlySpan<(string, Constant)>.Empty];
        KernelCheck.Compare("slice", [Operand.Float(shape)], (v, _) =>
            Nd.Make(at == 0 ? [end - start, 6] : [4, end - start], i => v[0]![at == 0 ? [i[0] + start, i[1]] : [i[0], i[1] + start]]), steps: 0, attributes: attributes);
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, -1)]
    [InlineData(-1, 3)]
    public void Selection(int axis, int index) => KernelCheck.Compare("element", [Operand.Float(4, 6)], (v, _) => axis == 0
        ? Nd.Make([6], i => v[0]![index, i[0]])
        : Nd.Make([4], i => v[0]![i[0], index < 0 ? index + 6 : index]), steps: 0, attributes: [("axis", (Constant)axis), ("index", (Constant)index)]);

    [Fact]
    public void Flattening_a_grid_to_tokens() => KernelCheck.Compare("rearrange", [Operand.Float(3, 2, 4)],
        (v, _) => Nd.Make([8, 3], i => v[0]![i[1], i[0] / 4, i[0] % 4]), steps: 0, attributes: ("pattern", (Constant)"d h w -> (h w) d"));

    [Fact]
    public void Splitting_with_given_sizes() => KernelCheck.Compare("rearrange", [Operand.Float(6, 4)],
        (v, _) => Nd.Make([2, 3, 1, 4], i => v[0]![i[1] * 2 + i[0], i[3]]), steps: 0, attributes: [("pattern", (Constant)"(a b) c -> b a 1 c"), ("b", (Constant)2)]);

    [Fact]
    public void Media_take_the_places_that_wait_for_them() => KernelCheck.Compare("splice", [Operand.Float(9, 4), Operand.Float(2, 3, 4), Operand.Ids(r => r.Next(-4, 6), 9)],
        (v, _) => Nd.Make([9, 4], i => (int)v[2]![i[0]] is var slot && slot < 0 ? v[0]![i] : v[1]![slot / 3, slot % 3, i[1]]), steps: 0);

    [Fact]
    public void Without_media_the_text_stays() => KernelCheck.Compare("splice", [Operand.Float(5, 4), Operand.Float(0, 3, 4) with { IsAlwaysBatched = true }, Operand.Ids(_ => -1, 5)],
        (v, _) => v[0]!, steps: 0);

    [Theory]
    [InlineData("preceding_image")]
    [InlineData("previous_images")]
    [InlineData("all_images")]
    public void Media_masks(string rule) => KernelCheck.Compare("media_mask", [Operand.Ids(5, 7), Operand.Ids(4, [])], (v, _) => Nd.Make([7, 8], i =>
    {
        int image = i[1] / 2, latest = (int)v[0]![i[0]], count = (int)v[1]![[]];
        var seen = rule switch { "preceding_image" => latest == image + 1, "previous_images" => image + 1 <= latest, _ => true };
        return seen && image < count ? 1 : 0;
    }), steps: 0, attributes: [("images", (Constant)4), ("tokens", (Constant)2), ("rule", (Constant)rule)]);
}
