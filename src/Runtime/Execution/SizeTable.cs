using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Runtime.Execution;

/// <summary>
/// The sizes of one entry that its inputs decide: built while linking, solved for each new combination of input shapes. Everything in a linked
/// program is written in the entry's own runtime sizes and the number of rows (<see cref="Rows"/>).
/// </summary>
internal sealed class SizeTable
{
    private readonly string _entry;
    private readonly ImmutableArray<(string Name, TensorType Type)> _inputs;
    private readonly List<Dim> _sizes = [];
    private readonly Dictionary<Dim, SizeRef> _known = [];
    private Solution? _last;

    public SizeTable(string entry, ImmutableArray<(string Name, TensorType Type)> inputs) => (_entry, _inputs) = (entry, inputs);

    /// <summary>The number of samples of a run. Its name cannot be one of the language.</summary>
    public static Dim Rows { get; } = Dim.Symbol("(rows)");

    /// <summary>The place of a size, the same for equal sizes.</summary>
    public SizeRef Refer(Dim size)
    {
        if (size.Value is { } number)
            return SizeRef.Known(number);
        if (!_known.TryGetValue(size, out var place))
        {
            _known.Add(size, place = SizeRef.At(_sizes.Count));
            _sizes.Add(size);
        }
        return place;
    }

    /// <summary>All sizes for the shapes of the inputs, whose leading axis is the rows. The last answer is kept: decoding steps repeat it.</summary>
    /// <exception cref="ArgumentException">An input does not have its type, or the inputs disagree about a runtime size.</exception>
    public long[] Solve(long[][] shapes)
    {
        if (_last is { } last && Same(last.Shapes, shapes))
            return last.Sizes;
        var names = Bind(shapes);
        var sizes = new long[_sizes.Count];
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = _sizes[i].Symbols.FirstOrDefault(s => !names.ContainsKey(s)) is { } unbound
                ? throw new InvalidOperationException($"entry '{_entry}': no input decides the size `{unbound}`")
                : _sizes[i].Evaluate(names);
        _last = new Solution(shapes, sizes);
        return sizes;
    }

    private Dictionary<string, long> Bind(long[][] shapes)
    {
        var names = new Dictionary<string, long>(StringComparer.Ordinal);
        var open = new List<(string Input, Dim Expected, long Found)>();
        foreach (var ((name, type), shape) in _inputs.Zip(shapes))
        {
            if (shape.Length != type.Rank + 1)
                throw new ArgumentException($"entry '{_entry}': input `{name}` has the shape [{string.Join(", ", shape)}], expected the rows and {type}");
            open.Add((name, Rows, shape[0]));
            open.AddRange(type.Shape.Select((size, axis) => (name, size, shape[axis + 1])));
        }
        // Plain names first, so that `text` and `text + 1` may come in any order.
        foreach (var (input, expected, found) in open.OrderBy(o => o.Expected.Symbols.Count()).ToList())
        {
            var unbound = expected.Symbols.Where(s => !names.ContainsKey(s)).ToList();
            if (unbound.Count == 1)
                names.Add(unbound[0], SolveFor(unbound[0], expected, found, names) ?? throw Wrong(input, expected, found));
            else if (unbound.Count > 1)
                throw new InvalidOperationException($"entry '{_entry}': the size {expected} of input `{input}` leaves {string.Join(" and ", unbound)} open");
            if (expected.Evaluate(names) != found)
                throw Wrong(input, expected, found);
        }
        return names;

        ArgumentException Wrong(string input, Dim expected, long found) => new(
            $"entry '{_entry}': input `{input}` has an axis of {found} elements, expected {(expected == Rows ? "the number of rows" : expected)}"
            + (expected.Value is null && expected.Symbols.All(names.ContainsKey) ? $" = {expected.Evaluate(names)}" : ""));
    }

    /// <summary>The whole number that a size linear in one name has to have, or null.</summary>
    private static long? SolveFor(string name, Dim size, long value, Dictionary<string, long> names)
    {
        var at0 = size.Evaluate(new Dictionary<string, long>(names) { [name] = 0 });
        var slope = size.Evaluate(new Dictionary<string, long>(names) { [name] = 1 }) - at0;
        return slope != 0 && (value - at0) % slope == 0 && (value - at0) / slope >= 0 ? (value - at0) / slope : null;
    }

    private static bool Same(long[][] a, long[][] b)
    {
        for (var i = 0; i < a.Length; i++)
            if (!a[i].AsSpan().SequenceEqual(b[i]))
                return false;
        return true;
    }

    private sealed record Solution(long[][] Shapes, long[] Sizes);
}
