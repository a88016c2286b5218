using System.Collections.Immutable;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>Finds repeated layers in a function, so that eighty of them read as one.</summary>
/// <remarks>
/// Occurrences are alike when their nodes differ in nothing but path indices that grow evenly, and each operand comes from the same place of its own
/// occurrence, from the same place of the one before (a chain), or from outside: the same value, or evenly growing elements of one list.
/// </remarks>
internal sealed class RepeatFinder
{
    private readonly Function _function;
    private readonly Dictionary<int, ResultPosition> _definitions = [];
    private readonly ILookup<int, int> _uses;
    private readonly Dictionary<int, (int List, int Index)> _lists;

    /// <param name="lists">Which list an input belongs to, by the input's id; the results of one node are a list too.</param>
    public RepeatFinder(Function function, IReadOnlyDictionary<int, (int List, int Index)> lists)
    {
        _function = function;
        _lists = new(lists);
        for (var n = 0; n < function.Nodes.Length; n++)
            for (var r = 0; r < function.Nodes[n].Results.Length; r++)
            {
                _definitions[function.Nodes[n].Results[r].Id] = new(n, r);
                _lists.TryAdd(function.Nodes[n].Results[r].Id, (function.Nodes[n].Results[0].Id, r));
            }
        _uses = function.Nodes.SelectMany((node, n) => node.Operands.OfType<Value>().Select(v => (v.Id, At: n)))
            .Concat(function.Results.Select(v => (v.Id, At: int.MaxValue))).ToLookup(u => u.Id, u => u.At);
    }

    public ImmutableArray<Step> Find() => Find(0, _function.Nodes.Length, enclosing: 0);

    /// <summary>The last node that uses a value: its own definition if none does, beyond all nodes if it is a result.</summary>
    public int LastUse(Value value) => _uses[value.Id].DefaultIfEmpty(_definitions.TryGetValue(value.Id, out var d) ? d.Node : -1).Max();

    private ImmutableArray<Step> Find(int from, int to, int enclosing)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        for (var i = from; i < to;)
        {
            RepeatStep? best = null;
            for (var period = 1; i + 2 * period <= to; period++)
                if (Match(i, period, to, enclosing) is { } found && (best is null || found.Period * (found.Count - 1) > best.Period * (best.Count - 1)))
                    best = found;
            if (best is { Period: > 1 })
                best = best with { Body = enclosing == 0 ? Find(i, i + best.Period, best.Period) : [.. Enumerable.Range(i, best.Period).Select(n => new NodeStep(n))] };
            foreach (var listed in best?.Listed ?? [])
                for (var t = 0; t < best!.Count; t++)
                    _lists[_function.Nodes[i + t * best.Period + listed.Node].Results[listed.Result].Id] = (_function.Nodes[i + listed.Node].Results[listed.Result].Id, t);
            steps.Add(best ?? (Step)new NodeStep(i));
            i += best is null ? 1 : best.Period * best.Count;
        }
        return steps.ToImmutable();
    }

    private RepeatStep? Match(int first, int period, int to, int enclosing)
    {
        var count = 1;
        while (first + (count + 1) * period <= to && Alike(first, period, count) && (enclosing == 0 || AlikeInNext(first, period, count, enclosing)))
            count++;
        if (count < 2 || Enumerable.Range(first, period).All(n => _function.Nodes[n].Path == _function.Nodes[n + period].Path))
            return null;

        var carried = new HashSet<ResultPosition>();
        for (var n = first + period; n < first + 2 * period; n++)
            foreach (var operand in _function.Nodes[n].Operands.OfType<Value>())
                if (Place(operand, first, period, 1) is (-1, var position))
                {
                    // Shown under one name, the old value must not be read after the new one is there.
                    if (position.Node < n - first - period)
                        return null;
                    carried.Add(position);
                }
        return Escape(first, period, count, carried) is var (fitting, listed) && fitting >= 2 && (enclosing == 0 || listed.IsEmpty)
            ? new RepeatStep(first, period, fitting, [new NodeStep(first)], [.. carried], listed)
            : null;
    }

    /// <summary>How many occurrences can stand together when values used from outside are the last one's or one of each, and the latter.</summary>
    private (int Count, ImmutableHashSet<ResultPosition> Listed) Escape(int first, int period, int count, HashSet<ResultPosition> carried)
    {
        for (; ; count--)
        {
            var (end, listed, fits) = (first + count * period, ImmutableHashSet<ResultPosition>.Empty, true);
            for (var n = 0; n < period; n++)
                for (var r = 0; r < _function.Nodes[first + n].Results.Length; r++)
                {
                    var outside = Enumerable.Range(0, count).Count(t => _uses[_function.Nodes[first + t * period + n].Results[r].Id].Any(u => u >= end));
                    var lastOutside = _uses[_function.Nodes[end - period + n].Results[r].Id].Any(u => u >= end);
                    if (carried.Contains(new(n, r)))
                        fits &= outside == (lastOutside ? 1 : 0);
                    else if (outside > 0)
                        (fits, listed) = (fits && outside == count, listed.Add(new(n, r)));
                }
            if (fits || count < 2)
                return (count, listed);
        }
    }

    private bool Alike(int first, int period, int t) => Enumerable.Range(0, period).All(j => Alike(first, period, t, j));

    private bool Alike(int first, int period, int t, int j)
    {
        var (a, b, c) = (_function.Nodes[first + j], _function.Nodes[first + period + j], _function.Nodes[first + t * period + j]);
        return SameWork(a, c) && GrowsEvenly(a.Path, b.Path, c.Path, t)
            && a.Operands.Length == c.Operands.Length && Enumerable.Range(0, a.Operands.Length).All(k => SamePlace(a.Operands[k], b.Operands[k], c.Operands[k], first, period, t));
    }

    /// <summary>Whether the same repetition, with the same steps of its indices, is there in the next occurrence of what encloses it.</summary>
    private bool AlikeInNext(int first, int period, int t, int enclosing) =>
        Alike(first + enclosing, period, t) && Enumerable.Range(first, period).All(n =>
            GrowsEvenly(_function.Nodes[n].Path, _function.Nodes[n + period].Path, _function.Nodes[n + period].Path, 1)
            && IndexedText.Steps(_function.Nodes[n].Path, _function.Nodes[n + period].Path)!
                .SequenceEqual(IndexedText.Steps(_function.Nodes[n + enclosing].Path, _function.Nodes[n + enclosing + period].Path) ?? []));

    private static bool SameWork(Node a, Node b) =>
        (a, b) switch
        {
            (OpNode x, OpNode y) => x.Op == y.Op && x.Function == y.Function && x.Cached == y.Cached && x.Attributes.Equals(y.Attributes),
            (CallNode x, CallNode y) => x.Callee == y.Callee && x.Lift == y.Lift,
            _ => false,
        }
        && a.Results.Length == b.Results.Length
        && a.Results.Zip(b.Results).All(p => p.First.Type.Equals(p.Second.Type) && p.First.Time == p.Second.Time);

    private static bool GrowsEvenly(string first, string second, string later, int t) =>
        IndexedText.Steps(first, second) is { } steps && IndexedText.Steps(first, later) is { } total && total.SequenceEqual(steps.Select(s => s * t));

    private bool SamePlace(Value? a, Value? b, Value? c, int first, int period, int t)
    {
        if (a is null || b is null || c is null)
            return a is null && b is null && c is null;
        if ((Place(a, first, period, 0), Place(b, first, period, 1), Place(c, first, period, t)) is not ({ } start, { } second, { } later))
            return false;
        return second.Occurrence switch
        {
            0 => start == second && later == second,
            -1 => start.Occurrence == Outside && later == second,
            _ => start.Occurrence == Outside && later.Occurrence == Outside && (a.Equals(b) && a.Equals(c) || ListGrowsEvenly(a, b, c, t)),
        };
    }

    private bool ListGrowsEvenly(Value a, Value b, Value c, int t) =>
        _lists.TryGetValue(a.Id, out var x) && _lists.TryGetValue(b.Id, out var y) && _lists.TryGetValue(c.Id, out var z)
        && x.List == y.List && x.List == z.List && y.Index > x.Index && z.Index - x.Index == t * (y.Index - x.Index);

    private const int Outside = int.MinValue;

    /// <summary>Where an operand of occurrence <paramref name="t"/> comes from: the same occurrence (0), the one before (-1), or outside; null if from anywhere else.</summary>
    private (int Occurrence, ResultPosition Position)? Place(Value value, int first, int period, int t)
    {
        if (!_definitions.TryGetValue(value.Id, out var definition) || definition.Node < first)
            return (Outside, default);
        var occurrence = (definition.Node - first) / period - t;
        return occurrence is 0 or -1 ? (occurrence, definition with { Node = (definition.Node - first) % period }) : null;
    }
}
