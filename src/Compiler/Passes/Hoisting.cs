using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Passes;

/// <summary>A function in two parts.</summary>
/// <param name="Early">Gives the values that the late part needs.</param>
/// <param name="Late">Takes these as <c>early0</c>, <c>early1</c>, ... after those of the function's own inputs that it still needs, and gives what the function gives.</param>
public sealed record HoistedFunction(Function Early, Function Late);

/// <summary>
/// Splits a function at its top level into what depends on some inputs and on unchanging parameters alone, and the rest: the former need be computed once for each input, however
/// often the parameters of the rest change.
/// </summary>
public static class Hoisting
{
    /// <summary>What the names of the late part's inputs begin with that the early part gives.</summary>
    public const string Early = "early";

    /// <summary>
    /// Splits a function of the graph. A value is early when it depends on at least one early input, and on nothing but early inputs and parameters that are not late; draws are never
    /// early. A call counts as one node with all parameters below it. What depends on parameters alone is computed on both sides, where it is used.
    /// <para>
    /// The early part's results are exactly the early values that late nodes use or that are results of the function. Of a function over one sample all of them belong to the sample: at
    /// run time they have the axis of rows in front, and rows may be cut apart and put together in any order. Of a function over a batch (<paramref name="samples"/> is given) only values
    /// are early that have that axis in front and whose every element along it is computed from the same sample alone, so that again all may be cut apart, along axis 0 of their type.
    /// </para>
    /// </summary>
    /// <param name="lateParameters">Full paths of the parameters that change.</param>
    /// <param name="name">The parts are called <c>NAME.early</c> and <c>NAME.late</c>, numbered where the graph has these names. Inputs that are called <c>early0</c> already, from an
    /// earlier split, keep their names, and the new ones are numbered on.</param>
    /// <param name="samples">The axis of samples of a function over a batch; null for a function over one sample.</param>
    /// <returns>Null where nothing is early but inputs.</returns>
    public static HoistedFunction? Split(Graph graph, Function function, IReadOnlySet<string> earlyInputs, IReadOnlySet<string> lateParameters, string name, Dim? samples = null)
    {
        function = DeadNodes.Clean(function);
        ImmutableArray<Value> given = [.. function.Inputs.Where(i => earlyInputs.Contains(i.Name) && (samples is not { } s || SampleWise.Leads(i, s)))];
        var (early, constant) = Sort(graph, function, given, lateParameters, samples);
        var values = early.SelectMany(n => n.Results).ToHashSet();
        var late = function.Nodes.Where(n => !early.Contains(n)).ToList();
        ImmutableArray<Value> boundary = [.. late.SelectMany(n => n.Operands).Concat(function.Results).OfType<Value>().Where(values.Contains).Distinct()];
        if (boundary.IsEmpty)
            return null;
        var first = function.Inputs.Count(i => i.Name.StartsWith(Early, StringComparison.Ordinal));
        ImmutableArray<Value> passed = [.. boundary.Select((v, i) => v with { Name = $"{Early}{first + i}" })];
        return new HoistedFunction(
            Close(Free(graph, $"{name}.early"), given, [], function.Nodes.Where(n => early.Contains(n) || constant.Contains(n)), boundary),
            Close(Free(graph, $"{name}.late"), function.Inputs, passed, late, function.Results));
    }

    /// <summary>The early nodes, and those that both sides may compute.</summary>
    private static (HashSet<Node> Early, HashSet<Node> Constant) Sort(Graph graph, Function function, ImmutableArray<Value> given, IReadOnlySet<string> lateParameters, Dim? samples)
    {
        var functions = graph.Functions.ToDictionary(f => f.Name);
        var uses = new FunctionUses(graph.Functions);
        var sizes = given.SelectMany(i => Symbols(i.Type)).ToHashSet(StringComparer.Ordinal);
        var (early, constant) = (new HashSet<Node>(ReferenceEqualityComparer.Instance), new HashSet<Node>(ReferenceEqualityComparer.Instance));
        var (ofInputs, ofParameters) = (given.ToHashSet(), new HashSet<Value>());
        foreach (var node in function.Nodes)
        {
            var use = uses.Of(node);
            var operands = node.Operands.OfType<Value>().ToList();
            if (use.IsRandom || use.Parameters.Any(lateParameters.Contains) || !operands.All(o => ofInputs.Contains(o) || ofParameters.Contains(o)) || !Symbols(node).All(sizes.Contains))
                continue;
            if (!operands.Any(ofInputs.Contains))
                (_, _) = (constant.Add(node), Add(ofParameters, node));
            else if (samples is not { } axis || SampleWise.Is(node, callee => functions[callee], ofInputs.Contains, axis))
                (_, _) = (early.Add(node), Add(ofInputs, node));
        }
        return (early, constant);

        static bool Add(HashSet<Value> values, Node node)
        {
            values.UnionWith(node.Results);
            return true;
        }
    }

    /// <summary>A function of these nodes with the inputs that they need, be it for their sizes alone.</summary>
    private static Function Close(string name, ImmutableArray<Value> inputs, ImmutableArray<Value> further, IEnumerable<Node> nodes, ImmutableArray<Value> results)
    {
        var body = DeadNodes.Clean(new Function(name, [], [.. nodes], results)).Nodes;
        var used = body.SelectMany(n => n.Operands).Concat(results).OfType<Value>().ToHashSet();
        var kept = inputs.Where(used.Contains).ToList();
        var known = kept.Concat(further).SelectMany(i => Symbols(i.Type)).ToHashSet(StringComparer.Ordinal);
        foreach (var symbol in body.SelectMany(Symbols).Concat(results.SelectMany(r => Symbols(r.Type))).Distinct().ToList())
            if (!known.Contains(symbol) && inputs.FirstOrDefault(i => Symbols(i.Type).Contains(symbol)) is { } telling)
            {
                kept.Add(telling);
                known.UnionWith(Symbols(telling.Type));
            }
        return new Function(name, [.. inputs.Where(kept.Contains), .. further], body, results);
    }

    private static IEnumerable<string> Symbols(TensorType type) => type.Shape.SelectMany(d => d.Symbols);

    private static IEnumerable<string> Symbols(Node node) =>
        node.Results.SelectMany(r => Symbols(r.Type)).Concat(node is OpNode op ? op.Attributes.Entries.SelectMany(e => Symbols(e.Value)) : []);

    private static IEnumerable<string> Symbols(Constant constant) => constant switch
    {
        IntConstant i => i.Size.Symbols,
        ListConstant l => l.Elements.SelectMany(Symbols),
        _ => [],
    };

    private static string Free(Graph graph, string name)
    {
        var free = name;
        for (var i = 2; graph.Functions.Any(f => f.Name == free); i++)
            free = $"{name}#{i}";
        return free;
    }
}
