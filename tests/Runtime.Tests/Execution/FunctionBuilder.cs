using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Runtime.Tests.Execution;

/// <summary>Writes functions of a graph by hand; result types come from the ops' own shape rules, which must have nothing to object to.</summary>
internal sealed class FunctionBuilder(string name)
{
    private static readonly Span Nowhere = default;

    private readonly List<Value> _inputs = [];
    private readonly List<Node> _nodes = [];
    private int _values;

    public Value Input(string input, TensorType type, BindingTime time = BindingTime.Text)
    {
        var value = new Value(_values++, input, type, time);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Applies a primitive; attributes that are not given have their defaults.</summary>
    public Value Op(string op, ImmutableArray<Value?> operands, string path = "", string function = "forward", bool cached = false, params (string Name, Constant Value)[] attributes)
    {
        var found = OpRegistry.Find(op) ?? throw new ArgumentException($"no op {op}");
        var given = attributes.ToDictionary(a => a.Name, a => a.Value);
        var complete = found.Attributes.Select(a => KeyValuePair.Create(a.Name, given.TryGetValue(a.Name, out var v) ? v : a.Default ?? throw new ArgumentException($"{op} needs {a.Name}")));
        var named = given.Where(g => found.Attributes.All(a => a.Name != g.Key));
        var settings = new Attributes([.. complete.Concat(named)]);
        var context = new InferContext(function, settings, [.. operands.Select(o => o?.Type)]);
        var types = found.Infer(context);
        Assert.True(context.Violations.Count == 0, string.Join("; ", context.Violations.Select(v => v.Message)));
        var time = operands.Max(o => o?.Time) ?? BindingTime.Constant;
        var results = types.Select(t => new Value(_values++, "", t, time)).ToImmutableArray();
        _nodes.Add(new OpNode(found, function, settings, results, operands, path, Nowhere, cached));
        return results[0];
    }

    /// <summary>Calls a function; its result types are given in this function's sizes.</summary>
    public ImmutableArray<Value> Call(Function callee, string path, int lift, ImmutableArray<Value> operands, params TensorType[] results)
    {
        var time = operands.IsEmpty ? BindingTime.Constant : operands.Max(o => o.Time);
        var values = results.Select(t => new Value(_values++, "", t, time)).ToImmutableArray();
        _nodes.Add(new CallNode(callee.Name, lift, values, [.. operands], path, Nowhere));
        return values;
    }

    public Function Build(params Value[] results) => new(name, [.. _inputs], [.. _nodes], [.. results]);
}
