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
        foreach (var violation in infer.Violations)
            context.Report(describe(violation));
        if (infer.Violations.Count > 0)
            return null;
        ImmutableArray<Value> results = [.. types.Select(t => new Value(_next++, "", t))];
        _nodes.Add(new OpNode(op, function, attributes, results, operands, path, span));
        return results;
    }

    /// <summary>Adds a call; null when an argument does not fit, which is reported.</summary>
    /// <param name="lift">How many leading axes of the operands the callee does not see.</param>
    public ImmutableArray<Value>? Call(Function callee, ImmutableArray<Value> operands, string path, Span span, Func<int, string, Diagnostic> mismatch, int lift = 0)
    {
        var unifier = new SizeUnifier();
        var good = true;
        for (var i = 0; i < operands.Length; i++)
        {
            var expected = callee.Inputs[i].Type;
            var shown = unifier.Show(expected);
            if (operands[i].Type.Rank >= lift && unifier.Match(expected, operands[i].Type.WithShape(operands[i].Type.Shape[lift..])))
                continue;
            good = false;
            context.Report(mismatch(i, shown));
        }
        if (!good)
            return null;
        var lead = operands.Length > 0 ? operands[0].Type.Shape[..lift] : [];
        ImmutableArray<Value> results = [.. callee.Results.Select(r => new Value(_next++, "", Lifted(unifier.Resolve(r.Type) ?? r.Type, lead)))];
        _nodes.Add(new CallNode(callee.Name, lift, results, [.. operands], path, span));
        return results;
    }

    private static TensorType Lifted(TensorType type, ImmutableArray<Dim> lead) => type.WithShape([.. lead, .. type.Shape]);

    public Function Build(string name, ImmutableArray<Value> results) => new(name, [.. _inputs], [.. _nodes], results);
}
