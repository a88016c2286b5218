using System.Collections.Immutable;
using System.Numerics;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>
/// A value of a pickle: plain data. Values may contain themselves, so nothing here compares, prints or walks them deeply.
/// </summary>
internal abstract class PickleValue
{
    /// <summary>What it is, in a few words.</summary>
    public abstract string Kind { get; }
}

/// <summary>A value that is only named: <c>None</c>, a truth value, a device.</summary>
internal sealed class PickleConstant(string kind) : PickleValue
{
    public static readonly PickleConstant None = new("None");
    public static readonly PickleConstant True = new("True");
    public static readonly PickleConstant False = new("False");

    public override string Kind => kind;
}

internal sealed class PickleInteger(BigInteger value) : PickleValue
{
    public override string Kind => "an integer";

    public BigInteger Value => value;

    /// <summary>The number, or null where it does not fit 64 bits.</summary>
    public long? Long => value >= long.MinValue && value <= long.MaxValue ? (long)value : null;
}

internal sealed class PickleFloat(double value) : PickleValue
{
    public override string Kind => "a number";

    public double Value => value;
}

internal sealed class PickleText(string text) : PickleValue
{
    public override string Kind => "a text";

    public string Text => text;
}

internal sealed class PickleBytes(byte[] bytes) : PickleValue
{
    public override string Kind => "bytes";

    public byte[] Bytes => bytes;
}

/// <summary>A list, tuple or set.</summary>
internal sealed class PickleSequence(string kind, IReadOnlyList<PickleValue> items) : PickleValue
{
    private IReadOnlyList<PickleValue> items = items;

    public override string Kind => $"a {kind} of {items.Count}";

    public bool IsTuple => kind == "tuple";

    public IReadOnlyList<PickleValue> Items => items;

    /// <summary>Appends to a list or a set.</summary>
    public void Add(IEnumerable<PickleValue> more)
    {
        if (items is not List<PickleValue> list) items = list = [.. items];
        list.AddRange(more);
    }
}

/// <summary>A dict in the order of its keys. Keys other than texts are kept, but not looked up.</summary>
internal sealed class PickleDict(bool isOrdered) : PickleValue
{
    private List<(PickleValue Key, PickleValue Value)>? items;
    private HashSet<string>? names;

    public override string Kind => Items.Count == 0 ? "an empty dict" : $"a dict of {Items.Count}";

    /// <summary>True for an <c>OrderedDict</c>, which may carry attributes of its own.</summary>
    public bool IsOrdered => isOrdered;

    public IReadOnlyList<(PickleValue Key, PickleValue Value)> Items => items ?? (IReadOnlyList<(PickleValue, PickleValue)>)[];

    /// <summary>False where the text <paramref name="key"/> is already a key.</summary>
    public bool Add(PickleValue key, PickleValue value)
    {
        if (key is PickleText { Text: var text } && !(names ??= new(StringComparer.Ordinal)).Add(text)) return false;
        (items ??= []).Add((key, value));
        return true;
    }

    /// <summary>The value of the text <paramref name="key"/>, or null.</summary>
    public PickleValue? Find(string key) =>
        names?.Contains(key) == true ? items!.First(i => i.Key is PickleText t && t.Text == key).Value : null;
}

/// <summary>A class or function that a pickle may name; nothing is ever called by that name.</summary>
/// <param name="name">Its name with its module.</param>
/// <param name="role">What is made where the pickle calls it.</param>
/// <param name="element">The element type, of a storage's class and of a dtype.</param>
internal sealed class PickleGlobal(string name, GlobalRole role, ElementType? element = null) : PickleValue
{
    public override string Kind => name;

    public string Name => name;

    public GlobalRole Role => role;

    public ElementType? Element => element;
}

/// <summary>A reference to a stretch of raw numbers in the file.</summary>
/// <param name="type">The type of its elements.</param>
/// <param name="key">Its name in the file.</param>
/// <param name="count">How many elements it has.</param>
internal sealed class PickleStorage(ElementType type, string key, long count) : PickleValue
{
    public override string Kind => "a storage";

    public ElementType Type => type;

    public string Key => key;

    public long Count => count;

    /// <summary>Where it is a part of the storage <see cref="Key"/>: the first element and the number of elements.</summary>
    public (long Start, long Count)? Part { get; init; }
}

/// <summary>A tensor: a view of a storage. What it claims has not been proved yet.</summary>
internal sealed class PickleTensor(
    PickleStorage storage, ElementType type, long offset, ImmutableArray<long> shape, ImmutableArray<long> strides) : PickleValue
{
    public override string Kind => $"a tensor {TensorEntry.Print(shape)}";

    public PickleStorage Storage => storage;

    public ElementType Type => type;

    /// <summary>Its first element, counted in elements of <see cref="Type"/> from the storage's start.</summary>
    public long Offset => offset;

    public ImmutableArray<long> Shape => shape;

    public ImmutableArray<long> Strides => strides;
}
