using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Planning;

/// <summary>
/// A sum of parameter counts that keeps equal list elements together, so that it reads as the model is built:
/// <c>32·(4·dim^2 + 3·dim·ffn + 2·dim) + 2·dim·vocab + dim</c>.
/// </summary>
internal sealed class CollectedSum
{
    private readonly List<(long Count, CollectedSum Each)> _repeated = [];
    private Dim _rest;

    public static string Formula(IEnumerable<Parameter> parameters) => Collect([.. parameters.Select(p => (p.Path.Split('.'), p.Count))], 0).ToString();

    public override string ToString()
    {
        var terms = _repeated.Select(r => r.Each._repeated.Count == 0 && r.Each._rest.Formula.All(c => c is not ' ') ? $"{r.Count}·{r.Each}" : $"{r.Count}·({r.Each})");
        return string.Join(" + ", _rest == Dim.Zero && _repeated.Count > 0 ? terms : terms.Append(_rest.Formula));
    }

    private static CollectedSum Collect(IReadOnlyList<(string[] Path, Dim Count)> parameters, int depth)
    {
        var sum = new CollectedSum();
        var elements = new List<CollectedSum>();
        foreach (var group in parameters.GroupBy(p => p.Path.Length > depth ? p.Path[depth] : null))
            if (group.Key is null)
                sum._rest = group.Aggregate(sum._rest, (total, p) => total + p.Count);
            else if (long.TryParse(group.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                elements.Add(Collect([.. group], depth + 1));
            else
                sum.Add(Collect([.. group], depth + 1));
        foreach (var equal in elements.GroupBy(e => e.ToString()))
            if (equal.Count() == 1)
                sum.Add(equal.First());
            else
                sum._repeated.Add((equal.Count(), equal.First()));
        return sum;
    }

    private void Add(CollectedSum other)
    {
        _rest += other._rest;
        _repeated.AddRange(other._repeated);
    }
}
