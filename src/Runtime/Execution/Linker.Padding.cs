using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Types;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>
/// Functions are written for one sample, which has no padding. Where the rows of a batch have texts of different lengths, the linker follows which elements of an axis are real
/// from the entry's inputs on, and gives it to the attentions whose keys lie along that axis.
/// </summary>
internal sealed partial class Linker
{
    /// <summary>An axis of which only some elements are real, and the register that says which: mask over all axes up to it.</summary>
    private readonly record struct Ragged(int Mask, int Axis);

    private readonly Dictionary<int, Ragged> _ragged = [];

    /// <summary>The size that counts the images of a row.</summary>
    private const string ImagesSize = "images";

    /// <summary>The sizes that count tokens of texts beside the prompt.</summary>
    private ImmutableHashSet<string> _texts = [];

    /// <summary>Begins with the inputs whose length is a text's.</summary>
    private void FollowInputs(int[] inputs)
    {
        _texts = [.. _model.Graph.Entries.SelectMany(e => _model.Graph.Function(e.Function).Inputs).Select(i => EntryInputs.After(EntryInputs.Text, i.Name)).OfType<string>()];
        foreach (var (input, register) in _entry.Inputs.Zip(inputs))
        {
            var axis = Array.FindIndex([.. input.Type.Shape], d => d.Symbols.Any(_texts.Contains));
            // Rows may also have different numbers of images: of media [images, tokens, width], and of what is kept of them.
            if (axis < 0 && (EntryInputs.IsMedia(input.Name) || input.Name.StartsWith("kept", StringComparison.Ordinal)))
                axis = Array.FindIndex([.. input.Type.Shape], d => d.Symbols.Contains(ImagesSize)) is >= 0 and var images ? input.Type.Shape[images] == Dim.Symbol(ImagesSize) ? images + 1 : images : -1;
            if (axis < 0 || axis >= input.Type.Rank)
                continue;
            var type = TensorType.Bool([.. input.Type.Shape[..(axis + 1)]]);
            var shape = type.Shape.Prepend(SizeTable.Rows).Select(_sizes.Refer).ToArray();
            var name = input.Name;
            var mask = Emit("padding", "", c => c.Context.Masks!.TryGetValue(name, out var known) ? known.alias() : ones(Array.ConvertAll(shape, c.Size), ScalarType.Bool, c.Device),
                [], type, SizeTable.Rows, null);
            _ragged[register] = new Ragged(mask, axis);
        }
    }

    /// <summary>What a primitive's result inherits from its operands.</summary>
    private void Follow(OpNode node, Attributes attributes, int[] operands, int result)
    {
        var first = operands.FirstOrDefault(o => o >= 0 && _ragged.ContainsKey(o), -1);
        if (first < 0)
            return;
        var found = node.Op switch
        {
            ConcatOp => Concatenated(node, Axis(attributes, Rank(result)), operands, result),
            GatherOp => first == operands[0] ? Gathered(node, _ragged[first], operands) : Same(first, result),
            ElementOp => Picked(node, attributes, first, result),
            SliceOp => Cut(node, attributes, first),
            AttentionOp => Same(operands[AttentionOp.Q], result),
            Reduction => Reduced(attributes, first, result),
            EinsumOp => Contracted(attributes, operands[..node.Operands.Length], result),
            RearrangeOp => Rearranged(node, attributes, first, result),
            BinaryOp => Broadcast(operands, result),
            Conv2dOp or AvgPool2dOp or AdaptiveAvgPool2dOp or Resize2dOp => throw Unpaddable(node, "its operand is"),
            // What they give is no longer along the axis, or chooses for itself.
            AttentionMaskOp or MediaMaskOp or DistanceBucketsOp or IndicesOp or SpliceOp or CrossEntropyOp => Any(),
            _ => Any() ?? throw Unpaddable(node, "its operand is"),
        };
        if (found is { } ragged)
            _ragged[result] = ragged;

        Ragged? Any() => operands.Where(o => o >= 0).Select(o => Same(o, result)).FirstOrDefault(r => r is not null);
    }

    private static int Axis(Attributes attributes, int rank) => attributes.Int("axis") is >= 0 and var axis ? (int)axis : (int)(rank + attributes.Int("axis"));

    /// <summary>The result has the operand's axes up to the ragged one, or joins just these into its first.</summary>
    private Ragged? Same(int operand, int result)
    {
        if (operand < 0 || !_ragged.TryGetValue(operand, out var ragged))
            return null;
        var (from, to) = (_registers[operand].Type.Shape, _registers[result].Type.Shape);
        if (to.Length > ragged.Axis && from.Take(ragged.Axis + 1).SequenceEqual(to.Take(ragged.Axis + 1)))
            return ragged;
        var joined = from.Take(ragged.Axis + 1).Aggregate(Dim.One, (a, b) => a * b);
        if (to.Length == 0 || to[0] != joined)
            return null;
        var shape = new[] { SizeTable.Rows, joined }.Select(_sizes.Refer).ToArray();
        var mask = _registers[ragged.Mask];
        if (mask.Rows is not { } rows)
            return null;
        shape[0] = _sizes.Refer(rows);
        return new Ragged(Emit("padding", "", c => c[0].reshape(Array.ConvertAll(shape, c.Size)), [ragged.Mask], TensorType.Bool(joined), rows, null), 0);
    }

    private Ragged? Concatenated(OpNode node, int axis, int[] operands, int result)
    {
        var ragged = operands.Where(_ragged.ContainsKey).Select(o => _ragged[o]).ToList();
        var along = ragged[0].Axis;
        if (axis > along)
            return ragged[0];
        if (ragged.Any(r => r.Axis != along))
            throw Unpaddable(node, "two of its operands' axes are");
        var rows = ragged.Select(r => _registers[r.Mask].Rows).First(r => r is not null)!.Value;
        var shapes = operands.Select(o => _registers[o].Type.Shape.Take(along + 1).Prepend(rows).Select(_sizes.Refer).ToArray()).ToArray();
        var masks = operands.Select(o => _ragged.TryGetValue(o, out var r) ? r.Mask : -1).ToArray();
        var given = masks.Where(m => m >= 0).ToArray();
        var places = masks.Select(m => m < 0 ? -1 : Array.IndexOf(given, m)).ToArray();
        var type = TensorType.Bool([.. _registers[result].Type.Shape.Take(along + 1)]);
        var mask = Emit("padding", "", c =>
        {
            var parts = places.Select((place, i) => place >= 0 ? c[place].alias() : ones(Array.ConvertAll(shapes[i], c.Size), ScalarType.Bool, c.Device)).ToArray();
            try
            {
                return cat(parts, axis + 1);
            }
            finally
            {
                foreach (var part in parts)
                    part.Dispose();
            }
        }, given, type, rows, null);
        return new Ragged(mask, along);
    }

    /// <summary>Samples are picked, each with its own length.</summary>
    private Ragged? Gathered(OpNode node, Ragged ragged, int[] operands)
    {
        var (mask, index) = (_registers[ragged.Mask], _registers[operands[1]]);
        if (ragged.Axis == 0)
            return null;
        if (index.Type.Rank != 1)
            throw Unpaddable(node, "what it takes by more than one index is");
        var type = TensorType.Bool([index.Type.Shape[0], .. mask.Type.Shape[1..]]);
        var rows = index.IsBatched;
        var picked = Emit("padding", "", c =>
        {
            // An entry over a batch has one row.
            using var flat = c[0].squeeze(0);
            using var which = rows ? c[1].squeeze(0) : c[1].alias();
            using var taken = flat.index_select(0, which);
            return taken.unsqueeze(0);
        }, [ragged.Mask, operands[1]], type, mask.Rows, null);
        return new Ragged(picked, ragged.Axis);
    }

    private Ragged? Picked(OpNode node, Attributes attributes, int operand, int result)
    {
        var (ragged, axis, index) = (_ragged[operand], Axis(attributes, Rank(operand)), attributes.Size("index"));
        if (axis > ragged.Axis)
            return ragged;
        if (axis == ragged.Axis)
            return index.Value is >= 0 ? Dropped(ragged, axis, result) : throw Unpaddable(node, "it counts from the end of an axis that is");
        var mask = _registers[ragged.Mask];
        var place = _sizes.Refer(SliceOp.FromStart(index, _registers[operand].Type.Shape[axis]));
        var rest = TensorType.Bool([.. mask.Type.Shape.Where((_, i) => i != axis)]);
        return new Ragged(Emit("padding", "", c => c[0].select(axis + 1, c.Size(place)), [ragged.Mask], rest, mask.Rows, null), ragged.Axis - 1);
    }

    private Ragged? Cut(OpNode node, Attributes attributes, int operand)
    {
        var ragged = _ragged[operand];
        var type = _registers[operand].Type;
        var axis = Axis(attributes, type.Rank);
        if (axis > ragged.Axis)
            return ragged;
        var mask = _registers[ragged.Mask];
        var (from, to) = SliceOp.Bounds(attributes, type.Shape[axis]);
        if (axis == ragged.Axis && from.Value is null)
            throw Unpaddable(node, "it counts from the end of an axis that is");
        // Without the last k elements a row lacks its own last k, which stand before its padding.
        Dim left = axis == ragged.Axis && (type.Shape[axis] - to).Value is { } k ? k : 0L;
        var (start, length) = (_sizes.Refer(from + left), _sizes.Refer(to - from));
        var cut = TensorType.Bool([.. mask.Type.Shape.Select((d, i) => i == axis ? to - from : d)]);
        return new Ragged(Emit("padding", "", c => c[0].narrow(axis + 1, c.Size(start), c.Size(length)), [ragged.Mask], cut, mask.Rows, null), ragged.Axis);
    }

    /// <summary>Which keys of an attention are real, or -1 where all are.</summary>
    private int RealKeys(OpNode node, int[] operands) =>
        node.Op is AttentionOp && _ragged.TryGetValue(operands[AttentionOp.K], out var keys) && keys.Axis == 0 ? keys.Mask : -1;

    private void FollowInto(Lift lift, int operand, int entered, string path)
    {
        if (!_ragged.TryGetValue(operand, out var ragged))
            return;
        var hidden = _registers[operand].Type.Rank - _registers[entered].Type.Rank;
        if (ragged.Axis >= hidden)
            _ragged[entered] = new Ragged(Enter(lift, ragged.Mask, _registers[ragged.Mask].Type.Rank - hidden, path), ragged.Axis - hidden);
    }

    /// <param name="operands">Of the call: what is padding of the hidden axes is padding of its results.</param>
    private void FollowOut(Lift lift, int result, int left, int[] operands, string path)
    {
        if (_ragged.TryGetValue(result, out var ragged))
            _ragged[left] = new Ragged(Leave(lift, ragged.Mask, path), ragged.Axis + lift.Axes.Length);
        else if (operands.FirstOrDefault(o => o >= 0 && _ragged.TryGetValue(o, out var r) && r.Axis < lift.Axes.Length
            && _registers[o].Type.Shape.Take(lift.Axes.Length).SequenceEqual(lift.Axes), -1) is >= 0 and var operand)
            _ragged[left] = _ragged[operand];
    }
}
