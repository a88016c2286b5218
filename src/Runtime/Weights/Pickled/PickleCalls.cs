using System.Collections.Immutable;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>Reads the calls that a pickle makes of known names as descriptions of data.</summary>
internal static class PickleCalls
{
    // A tensor of more axes than this is none that a model has; shapes are copied, so their length must have a limit.
    private const int MostAxes = 32;

    /// <summary>What calling <paramref name="global"/> with these arguments stands for.</summary>
    /// <exception cref="RefusedException">MLLM6051 for arguments that it does not take, MLLM6050 for what cannot be called.</exception>
    public static PickleValue Make(PickleGlobal global, IReadOnlyList<PickleValue> arguments, PickleInput input) => global.Role switch
    {
        GlobalRole.OrderedDict => Ordered(arguments, input) ?? throw Wrong(global, input),
        GlobalRole.TensorV1 when arguments is [PickleStorage storage, var offset, var shape, var strides] =>
            Tensor(storage, storage.Type, offset, shape, strides, input),
        GlobalRole.TensorV2 when arguments is [PickleStorage storage, var offset, var shape, var strides, _, _, ..] && arguments.Count <= 7 =>
            Tensor(storage, storage.Type, offset, shape, strides, input),
        GlobalRole.TensorV3 when arguments.Count <= 8
            && arguments is [PickleStorage storage, var offset, var shape, var strides, _, _, PickleGlobal { Role: GlobalRole.Dtype } type, ..] =>
            Tensor(storage, type.Element!, offset, shape, strides, input),
        GlobalRole.Parameter when arguments is [PickleTensor tensor, _, _] => tensor,
        GlobalRole.Size when arguments is [PickleSequence sizes] => new PickleSequence("tuple", sizes.Items),
        GlobalRole.Device when arguments.Count is 1 or 2 => new PickleConstant("a device"),
        GlobalRole.EncodedText when arguments is [PickleText { Text: var text }, PickleText { Text: "latin1" or "latin-1" }] && text.All(c => c <= '\xff') =>
            new PickleBytes([.. text.Select(c => (byte)c)]),
        GlobalRole.ByteArray when arguments is [] => new PickleBytes([]),
        GlobalRole.ByteArray when arguments is [PickleBytes bytes] => bytes,
        GlobalRole.Set when arguments is [PickleSequence items] => new PickleSequence("set", items.Items),
        _ => throw Wrong(global, input),
    };

    /// <summary>How much a call may copy of its arguments: a short pickle can pass one long list or text many times.</summary>
    public static long Copied(IReadOnlyList<PickleValue> arguments) => arguments.Take(1).Sum(a => a switch
    {
        PickleSequence sequence => sequence.Items.Count,
        PickleText text => (long)text.Text.Length,
        _ => 0,
    });

    /// <summary>The storage that a persistent id names.</summary>
    /// <exception cref="RefusedException">MLLM6050 for an id of anything else, MLLM6051 for a malformed one.</exception>
    public static PickleStorage Storage(PickleValue id, PickleInput input, long position)
    {
        if (id is not PickleSequence { IsTuple: true, Items: [PickleText kind, ..] items })
            throw input.Malformed("a persistent id does not say what it is of");
        if (kind.Text != "storage")
            throw new RefusedException(PickleErrors.RefusedUse(input.Path, $"a persistent {WeightsError.Shown(kind.Text)}", position));
        if (items is not [_, PickleGlobal { Element: { } type }, PickleText { Text: var key }, PickleText, PickleInteger { Long: { } count }, ..]
            || count < 0 || items.Count > 6)
            throw input.Malformed("a storage is not named by its class, key, device and length");
        return items.ElementAtOrDefault(5) switch
        {
            null or PickleConstant => new PickleStorage(type, key, count),
            PickleSequence { Items: [_, PickleInteger { Long: { } first }, PickleInteger { Long: { } part }] } when first >= 0 && part >= 0 =>
                new PickleStorage(type, key, count) { Part = (first, part) },
            _ => throw input.Malformed("a part of a storage is not named by its key, offset and length"),
        };
    }

    private static PickleDict? Ordered(IReadOnlyList<PickleValue> arguments, PickleInput input)
    {
        var dict = new PickleDict(isOrdered: true);
        if (arguments is []) return dict;
        if (arguments is not [PickleSequence pairs]) return null;
        foreach (var pair in pairs.Items)
        {
            if (pair is not PickleSequence { Items: [var key, var value] }) return null;
            if (!dict.Add(key, value)) throw new RefusedException(PickleErrors.DuplicateKey(input.Path, ((PickleText)key).Text, input.Position));
        }
        return dict;
    }

    private static PickleTensor Tensor(PickleStorage storage, ElementType type, PickleValue offset, PickleValue shape, PickleValue strides, PickleInput input)
    {
        if (offset is not PickleInteger { Long: { } first }) throw input.Malformed("a tensor's offset is no integer");
        var (sizes, steps) = (Numbers(shape, input), Numbers(strides, input));
        if (sizes.Length != steps.Length) throw input.Malformed($"a tensor has {sizes.Length} sizes and {steps.Length} strides");
        return new PickleTensor(storage, type, first, sizes, steps);
    }

    private static ImmutableArray<long> Numbers(PickleValue value, PickleInput input)
    {
        if (value is not PickleSequence sequence) throw input.Malformed($"a shape is {value.Kind}");
        if (sequence.Items.Count > MostAxes) throw input.Malformed($"a shape has {sequence.Items.Count} axes");
        return [.. sequence.Items.Select(i => i is PickleInteger { Long: { } number } ? number : throw input.Malformed($"a shape holds {i.Kind}"))];
    }

    private static RefusedException Wrong(PickleGlobal global, PickleInput input) => input.Malformed($"{global.Name} is called with other arguments than it takes");
}
