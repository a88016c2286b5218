using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Collects the nodes of one function while its body is read.</summary>
/// <param name="ownerPath">The path of the instance that the function runs on; nodes name others relative to it.</param>
internal sealed class FunctionBuilder(CompileContext context, string ownerPath)
{
    private readonly List<Value> _inputs = [];
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, Solution> _solutions = new(StringComparer.Ordinal);
    private int _next;

    public string RelativePath(string path) => StatePath.Relative(ownerPath, path);

    public Value Input(string name, TensorType type)
    {
        var value = new Value(_next++, name, type);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Adds a primitive; null when a constraint does not hold, which is reported.</summary>
    public ImmutableArray<Value>? Emit(Op op, string function, Attributes attributes, ImmutableArray<Value?> operands, string path, Span span, Func<Violation, Diagnostic> describe)
    {
        var infer = new InferContext(function, attributes, [.. operands.Select(o => o?.Type)]);
        var types = op.Infer(infer);
        // One mistake often breaks several rules, so that only the first broken one is said.
        if (infer.Violations.Count > 0)
        {
            context.Report(describe(infer.Violations[0]));
            return null;
        }
        ImmutableArray<Value> results = [.. types.Select(t => new Value(_next++, "", t))];
        _nodes.Add(new OpNode(op, function, attributes, results, operands, path, span));
        return results;
    }

    /// <summary>Adds a call; null when an argument does not fit, which is reported.</summary>
    /// <param name="mismatch">Makes the finding from the operand's index, the type that it should have, and what does not fit.</param>
    /// <param name="lift">How many leading axes of the operands the callee does not see.</param>
    public ImmutableArray<Value>? Call(Function callee, ImmutableArray<Value> operands, string path, Span span, Func<int, string, string, Diagnostic> mismatch, int lift = 0)
    {
        var actual = CallNode.Seen(callee, [.. operands.Select(o => o.Type)], lift);
        var solution = Solve(callee, actual);
        foreach (var operand in solution.Unification.Failures.GroupBy(f => f.Operand))
            context.Report(mismatch(operand.Key, callee.Inputs[operand.Key].Type.Substitute(solution.Unification.Sizes).ToString(), operand.First().Message));
        if (!solution.Unification.Succeeded)
            return null;
        var lead = CallNode.Hidden(callee, [.. operands.Select(o => o.Type)], lift);
        ImmutableArray<Value> results = [.. solution.Results.Select(type => new Value(_next++, "", lift == 0 ? type : type.WithShape([.. lead, .. type.Shape])))];
        _nodes.Add(new CallNode(callee.Name, lift, results, [.. operands], path, span));
        return results;
    }

    /// <summary>Layers are called one after the other with the same types: the last solution of each callee is kept.</summary>
    private Solution Solve(Function callee, ImmutableArray<TensorType> actual)
    {
        if (_solutions.TryGetValue(callee.Name, out var known) && known.Actual.AsSpan().SequenceEqual(actual.AsSpan()))
            return known;
        var unification = Unifier.Unify([.. callee.Inputs.Select(i => i.Type)], actual);
        return _solutions[callee.Name] = new Solution(actual, unification, unification.Succeeded ? [.. callee.Results.Select(r => r.Type.Substitute(unification.Sizes))] : []);
    }

    private sealed record Solution(ImmutableArray<TensorType> Actual, Unification Unification, ImmutableArray<TensorType> Results);

    public Function Build(string name, ImmutableArray<Value> results) => new(name, [.. _inputs], [.. _nodes], results);
}
