using System.Collections.Immutable;
using System.Globalization;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>A function as it is read: its steps, with repeated layers found, and a name for every value.</summary>
/// <remarks>
/// A value has the name that it has in the source, and a name is taken again once its value is dead, as in <c>x = layer(x)</c>. Values without a
/// name are numbered, or take the name of the value that their chain starts from. Equal values of all occurrences of a repetition share a name, except
/// listed ones, which are <c>name.0</c>, <c>name.1</c>, ..., as are the results of a call with many.
/// </remarks>
internal sealed class Outline
{
    private readonly Function _function;
    private readonly RepeatFinder _finder;
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<string, int> _taken = [];
    private int _unnamed;

    public Outline(Function function)
    {
        _function = function;
        var lists = function.Inputs.Where(v => v.Name.Length > 0).GroupBy(v => (Stem(v.Name), v.Type)).Where(IsList)
            .SelectMany((group, list) => group.Select((value, index) => (value, list: -1 - list, index))).ToDictionary(m => m.value.Id, m => (List: m.list, Index: m.index));
        _finder = new RepeatFinder(function, lists);
        Steps = _finder.Find();
        NameInputs(lists);
        foreach (var step in Steps)
            Name(step, []);
    }

    public ImmutableArray<Step> Steps { get; }

    public string Name(Value value) => _names.TryGetValue(value.Id, out var name) ? name : $"%?{value.Id}";

    private void NameInputs(Dictionary<int, (int List, int Index)> lists)
    {
        var listNames = new Dictionary<int, string>();
        foreach (var input in _function.Inputs)
            if (!lists.TryGetValue(input.Id, out var member))
                _names[input.Id] = Take(input.Name, -1, _finder.LastUse(input));
            else
            {
                if (!listNames.TryGetValue(member.List, out var name))
                    listNames[member.List] = name = Take(Stem(input.Name), -1, int.MaxValue);
                _names[input.Id] = $"{name}.{member.Index}";
            }
    }

    private void Name(Step step, ImmutableArray<RepeatStep> enclosing)
    {
        if (step is not RepeatStep repeat)
        {
            var results = _function.Nodes[step.First].Results;
            var many = results.Length > 2 && results.All(r => r.Name.Length == 0) ? Take("", step.First, int.MaxValue) : null;
            for (var r = 0; r < results.Length; r++)
                if (many is null)
                    NameResult(step.First, r, enclosing);
                else
                    _names[results[r].Id] = $"{many}.{r}";
            return;
        }
        foreach (var inner in repeat.Body)
            Name(inner, enclosing.Add(repeat));
        for (var n = 0; n < repeat.Period; n++)
            for (var r = 0; r < _function.Nodes[repeat.First + n].Results.Length; r++)
            {
                var name = Name(_function.Nodes[repeat.First + n].Results[r]);
                for (var t = 0; t < repeat.Count; t++)
                    _names[_function.Nodes[repeat.First + t * repeat.Period + n].Results[r].Id] = repeat.Listed.Contains(new(n, r)) ? $"{name}.{t}" : name;
            }
    }

    private void NameResult(int node, int result, ImmutableArray<RepeatStep> enclosing)
    {
        var value = _function.Nodes[node].Results[result];
        var listed = enclosing.Any(e => e.Listed.Contains(new(node - e.First, result)));
        var until = listed ? int.MaxValue : LivesUntil(node, result, enclosing);
        _names[value.Id] = value.Name.Length == 0 && Start(node, result, enclosing) is { } start && Inherit(Name(start), node, until) is { } name ? name : Take(value.Name, node, until);
    }

    /// <summary>The value that the chain starts from whose later occurrences take this result.</summary>
    private Value? Start(int node, int result, ImmutableArray<RepeatStep> enclosing)
    {
        var value = _function.Nodes[node].Results[result];
        foreach (var repeat in enclosing.Reverse().Where(e => e.Carried.Contains(new(node - e.First, result))))
            for (var n = repeat.First; n < repeat.First + repeat.Period; n++)
                if (_function.Nodes[n + repeat.Period].Operands.IndexOf(value) is >= 0 and var k)
                    return _function.Nodes[n].Operands[k];
        return null;
    }

    /// <summary>A dead value's name for the value that takes its place, or null while it lives.</summary>
    private string? Inherit(string name, int at, int until)
    {
        if (name.Contains('.') || (_taken.TryGetValue(name, out var busy) && busy > at))
            return null;
        _taken[name] = Math.Max(until, at + 1);
        return name;
    }

    /// <summary>The last use of a result or, where the next occurrence takes it, of those of all occurrences.</summary>
    private int LivesUntil(int node, int result, ImmutableArray<RepeatStep> enclosing)
    {
        List<int> nodes = [node];
        foreach (var repeat in enclosing.Reverse())
            if (nodes.Any(n => repeat.Carried.Contains(new((n - repeat.First) % repeat.Period, result))))
                nodes = [.. Enumerable.Range(0, repeat.Count).SelectMany(t => nodes.Select(n => n + t * repeat.Period))];
        return nodes.Max(n => _finder.LastUse(_function.Nodes[n].Results[result]));
    }

    private string Take(string wanted, int at, int until)
    {
        if (wanted.Length == 0)
            wanted = (_unnamed++).ToString(CultureInfo.InvariantCulture);
        var stem = $"%{wanted.Replace('.', '_')}";
        var name = stem;
        for (var i = 2; _taken.TryGetValue(name, out var busy) && busy > at; i++)
            name = $"{stem}_{i}";
        _taken[name] = Math.Max(until, at + 1);
        return name;
    }

    /// <summary>The name without a number at its end: <c>kept3</c> and <c>kv.3</c> are elements of <c>kept</c> and <c>kv</c>.</summary>
    private static string Stem(string name) => name.TrimEnd([.. "0123456789"]) is { Length: > 0 } stem ? stem.TrimEnd('.', '_') : name;

    /// <summary>Values of one name, or numbered from 0 to at least 2.</summary>
    private static bool IsList(IEnumerable<Value> values)
    {
        var names = values.Select(v => v.Name).ToList();
        return names.Count > 1 && (names.Distinct().Count() == 1
            || (names.Count > 2 && names.Select((name, i) => name.EndsWith(string.Create(CultureInfo.InvariantCulture, $"{i}"), StringComparison.Ordinal)).All(numbered => numbered)));
    }
}
