using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Planning;

/// <summary>
/// What functions cost, as polynomials in their symbolic sizes. Each function is counted once and multiplied along calls, so that eighty equal layers
/// cost one count. What depends on parameters alone is computed once for a model and is not part of any run.
/// </summary>
/// <param name="decoding">Whether cached attentions see the positions of earlier steps too: their keys are <see cref="Past"/> + new.</param>
internal sealed class FunctionCosts(Graph graph, bool decoding)
{
    /// <summary>The number of positions that are in the cache already.</summary>
    public static readonly Dim Past = Dim.Symbol("past");

    // Inside functions, the size has a name that no function can give to one of its own.
    private const string Marked = "past'";

    private readonly Dictionary<string, Function> _functions = graph.Functions.ToDictionary(f => f.Name);
    private readonly Dictionary<string, Dim> _operations = [];
    private readonly Dictionary<string, Dim> _cached = [];
    private readonly Dictionary<string, Dim> _constants = [];

    /// <summary>Floating-point operations of one application to one sample.</summary>
    public Dim Operations(string function) => Count(function, _operations, OperationsOf).Substitute(new Dictionary<string, Dim> { [Marked] = Past });

    /// <summary>Elements of keys and values that one position leaves in the cache.</summary>
    public Dim CachedElements(string function) => Count(function, _cached, CachedBy);

    /// <summary>Elements of the values that depend on parameters alone and that other nodes use: they are kept as long as the model.</summary>
    public Dim ConstantElements(string function)
    {
        if (_constants.TryGetValue(function, out var total))
            return total;
        var f = _functions[function];
        foreach (var value in f.Nodes.Where(n => n is not OpNode { Op.IsModule: true, Operands: [] }).SelectMany(n => n.Results).Where(r => r.Time == BindingTime.Constant && IsUsedInRuns(f, r)))
            total += value.Type.Count;
        foreach (var call in f.Nodes.OfType<CallNode>())
            // What is constant is the same for each element of the leading axes.
            total += Called(call, ConstantElements(call.Callee), forEach: false);
        return _constants[function] = total;
    }

    /// <summary>Whether a node that is not constant takes the value, here or in a function that it is passed to.</summary>
    private bool IsUsedInRuns(Function function, Value value) => function.Nodes.Any(node => node switch
    {
        CallNode call => call.Operands.Select((o, i) => (o, i)).Any(p => value.Equals(p.o) && IsUsedInRuns(_functions[call.Callee], _functions[call.Callee].Inputs[p.i])),
        _ => node.Results.Any(r => r.Time != BindingTime.Constant) && node.Operands.Contains(value),
    });

    private Dim Count(string name, Dictionary<string, Dim> known, Func<OpNode, Dim> count)
    {
        if (known.TryGetValue(name, out var total))
            return total;
        foreach (var node in _functions[name].Nodes.Where(n => n.Results.IsEmpty || n.Results.Any(r => r.Time != BindingTime.Constant)))
            total += node switch
            {
                OpNode op => count(op),
                CallNode call => Called(call, Count(call.Callee, known, count)),
                _ => Dim.Zero,
            };
        return known[name] = total;
    }

    /// <summary>A callee's cost in the caller's sizes, for each element of the leading axes or once.</summary>
    private Dim Called(CallNode call, Dim cost, bool forEach = true)
    {
        var callee = _functions[call.Callee];
        var lead = call.HiddenFrom(callee);
        var sizes = Unifier.Unify([.. callee.Inputs.Select(i => i.Type)], call.SeenBy(callee)).Sizes;
        return (forEach ? lead : []).Aggregate(cost.Substitute(sizes), (product, size) => product * size);
    }

    private Dim OperationsOf(OpNode node) => node.Op.Cost(new CostContext(node.Function, node.Attributes,
        [.. node.Operands.Select((o, i) => decoding && node.Cached && i is AttentionOp.K or AttentionOp.V ? Longer(o!.Type) : o?.Type)], [.. node.Results.Select(r => r.Type)]));

    private static TensorType Longer(TensorType keys) => keys.WithShape([keys.Shape[0] + Dim.Symbol(Marked), .. keys.Shape[1..]]);

    private static Dim CachedBy(OpNode node) => node.Cached ? node.Operands[AttentionOp.K]!.Type.Shape[^1] + node.Operands[AttentionOp.V]!.Type.Shape[^1] : Dim.Zero;
}
