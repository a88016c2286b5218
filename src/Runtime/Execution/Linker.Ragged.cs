using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Types;
using Mllm.Runtime.Kernels;
using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>What sums, means and other computations over an axis do about padding, and which elements of their results are real.</summary>
internal sealed partial class Linker
{
    /// <summary>By operand the mask that its elements are counted by, or -1; empty where the primitive needs none.</summary>
    private ImmutableArray<int> Counted(OpNode node, Attributes attributes, int[] operands)
    {
        switch (node.Op)
        {
            case Reduction or AxisMap when _ragged.TryGetValue(operands[0], out var x) && Axis(attributes, Rank(operands[0])) <= x.Axis:
                return [x.Mask];
            case EinsumOp:
                var pattern = EinsumPattern.Parse(attributes.Text("pattern"), out _)!;
                // Where the result keeps all axes of a mask, padding stays where it is.
                return [.. operands.Select((o, i) => _ragged.TryGetValue(o, out var r) && !pattern.Operands[i].Take(r.Axis + 1).All(pattern.Result.Contains) ? r.Mask : -1)];
            case CrossEntropyOp when operands.Any(_ragged.ContainsKey):
                if (_ragged.TryGetValue(operands[0], out var logits) && logits.Axis == Rank(operands[0]) - 1)
                    throw Unpaddable(node, "its classes are");
                return [-1, _ragged.TryGetValue(operands[1], out var labels) ? labels.Mask : logits.Mask];
            case DrawOp when _ragged.TryGetValue(operands[0], out var weights) && weights.Axis == Rank(operands[0]) - 1:
                throw Unpaddable(node, "what it chooses from is");
            default:
                return [];
        }
    }

    private int Rank(int register) => _registers[register].Type.Rank;

    private Ragged? Reduced(Attributes attributes, int operand, int result)
    {
        var (ragged, axis) = (_ragged[operand], Axis(attributes, Rank(operand)));
        return axis > ragged.Axis ? ragged : Dropped(ragged, axis, result);
    }

    /// <summary>Without one axis of the mask; what is left is real where any of it was.</summary>
    private Ragged? Dropped(Ragged ragged, int axis, int result) =>
        Spread([(ragged, [.. Enumerable.Range(0, ragged.Axis + 1).Select(k => k == axis ? -1 : k > axis ? k - 1 : k)])], result);

    private Ragged? Contracted(Attributes attributes, int[] operands, int result)
    {
        var pattern = EinsumPattern.Parse(attributes.Text("pattern"), out _)!;
        return Spread([.. pattern.Operands.Zip(operands).Where(p => _ragged.ContainsKey(p.Second))
            .Select(p => (_ragged[p.Second], p.First.Take(_ragged[p.Second].Axis + 1).Select(n => pattern.Result.IndexOf(n)).ToArray()))], result);
    }

    private Ragged? Rearranged(OpNode node, Attributes attributes, int operand, int result)
    {
        var (ragged, pattern) = (_ragged[operand], RearrangePattern.Parse(attributes.Text("pattern"), out _)!);
        int[] to = [.. pattern.Left.Take(ragged.Axis + 1).Select(left => left.Length == 1 ? pattern.Right.ToList().FindIndex(right => right.SequenceEqual(left)) : -1)];
        return to.All(t => t >= 0) ? Spread([(ragged, to)], result) : Same(operand, result) ?? throw Unpaddable(node, "an axis that it splits or joins is");
    }

    /// <summary>Elementwise, axes counted from the last.</summary>
    private Ragged? Broadcast(int[] operands, int result)
    {
        var ragged = operands.Where(o => o >= 0 && _ragged.ContainsKey(o)).ToList();
        if (ragged.DistinctBy(o => _ragged[o].Mask).Count() == 1 && Same(ragged[0], result) is { } same)
            return same;
        return Spread([.. ragged.Select(o => (_ragged[o], Enumerable.Range(Rank(result) - Rank(o), _ragged[o].Axis + 1).ToArray()))], result);
    }

    /// <summary>A mask over the axes of the result: real is what all given masks say, each at the axes that it is taken to.</summary>
    /// <param name="parts">For each axis of a mask the result's, or -1 where it has none: then an element counts that is real anywhere along it.</param>
    private Ragged? Spread(IEnumerable<(Ragged From, int[] To)> parts, int result)
    {
        var shape = _registers[result].Type.Shape;
        // Axes whose size is no text's and no number of pictures have no padding.
        var all = parts.Where(p => p.To.Any(t => t >= 0 && shape[t].Symbols.Any(s => s == ImagesSize || _texts.Contains(s)))).ToArray();
        if (all.Length == 0)
            return null;
        var (last, rows) = (all.Max(p => p.To.Max()), _registers[all[0].From.Mask].Rows!.Value);
        if (all is [{ To: var only }] && only.SequenceEqual(Enumerable.Range(0, last + 1)))
            return all[0].From;
        var type = TensorType.Bool([.. shape[..(last + 1)]]);
        var sizes = type.Shape.Prepend(rows).Select(_sizes.Refer).ToArray();
        var mask = Emit("padding", "", c =>
        {
            var real = Moved(c[0], all[0].To, last + 2);
            for (var i = 1; i < all.Length; i++)
            {
                using var before = real;
                using var next = Moved(c[i], all[i].To, last + 2);
                real = before.logical_and(next);
            }
            using (real)
                return real.expand(Array.ConvertAll(sizes, c.Size));
        }, [.. all.Select(p => p.From.Mask)], type, rows, null);
        return new Ragged(mask, last);
    }

    /// <summary>A mask with its axes where <paramref name="to"/> says, and axes of size 1 in the other places.</summary>
    private static Tensor Moved(Tensor mask, int[] to, int rank)
    {
        var x = mask.alias();
        for (var axis = to.Length - 1; axis >= 0; axis--)
            if (to[axis] < 0)
            {
                using var before = x;
                x = before.any(axis + 1);
            }
        int[] kept = [.. to.Where(t => t >= 0)];
        var shape = Enumerable.Repeat(1L, rank).ToArray();
        shape[0] = x.size(0);
        for (var i = 0; i < kept.Length; i++)
            shape[kept[i] + 1] = x.size(i + 1);
        using (x)
        {
            using var ordered = x.permute([0, .. Enumerable.Range(0, kept.Length).OrderBy(i => kept[i]).Select(i => i + 1L)]);
            return ordered.reshape(shape);
        }
    }

    /// <param name="what">The part of the primitive that padding would enter, and a verb.</param>
    private static InputException Unpaddable(OpNode node, string what) =>
        new($"`{node.Op.Name}`{(node.Span == default ? "" : $" at {node.Span}")} cannot tell padding from what is real: {what} of different lengths in the rows of this batch; "
            + "run rows of one length together, or one row at a time");
}
