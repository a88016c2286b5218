using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Tests.Ir;

/// <summary>Builds a function node by node; result types are those that ops infer and callees declare.</summary>
internal sealed class Sketch(string name)
{
    private readonly List<Value> _inputs = [];
    private readonly List<Node> _nodes = [];
    private int _next;

    public Value Input(string input, string type, BindingTime time = BindingTime.Text)
    {
        _inputs.Add(new Value(_next++, input, Notation.Type(type)!, time));
        return _inputs[^1];
    }

    /// <summary>One op; <paramref name="op"/> is <c>NAME</c> or <c>NAME.FUNCTION</c>.</summary>
    public Value Op(string op, string settings, string path, params Value?[] operands) => Op(op, settings, path, "", false, operands);

    public Value Op(string op, string settings, string path, string result, bool cached, params Value?[] operands)
    {
        var (primitive, function) = (OpRegistry.Find(op.Split('.')[0])!, op.Contains('.') ? op.Split('.')[1] : "forward");
        var attributes = Notation.Settings(primitive, settings);
        var types = primitive.Infer(new InferContext(function, attributes, [.. operands.Select(o => o?.Type)]));
        var time = operands.Aggregate(BindingTime.Constant, (t, o) => o is not null && o.Time > t ? o.Time : t);
        var value = new Value(_next++, result, types[0], time);
        _nodes.Add(new OpNode(primitive, function, attributes, [value], [.. operands], path, default, cached));
        return value;
    }

    public Value Call(Function callee, string path, params Value[] operands) => Call(callee, path, "", 0, operands)[0];

    public ImmutableArray<Value> Call(Function callee, string path, string result, int lift, params Value[] operands)
    {
        var sizes = Unifier.Unify([.. callee.Inputs.Select(i => i.Type)], [.. operands.Select(o => o.Type.WithShape(o.Type.Shape[lift..]))]).Sizes;
        ImmutableArray<Dim> lead = operands.Length == 0 ? [] : operands[0].Type.Shape[..lift];
        ImmutableArray<Value> results = [.. callee.Results.Select(r => r.Type.Substitute(sizes)).Zip(callee.Results)
            .Select(r => new Value(_next++, result.Length == 0 ? r.Second.Name : result, r.First.WithShape([.. lead, .. r.First.Shape]), r.Second.Time))];
        _nodes.Add(new CallNode(callee.Name, lift, results, [.. operands], path, default));
        return results;
    }

    public Function Return(params Value[] results) => new(name, [.. _inputs], [.. _nodes], [.. results]);

    /// <summary>A graph whose parameters are those that its entries reach, as the compiler would declare them.</summary>
    public static Graph Graph(string name, Function[] functions, params (string Entry, string Function)[] entries)
    {
        var parameters = new Dictionary<string, Parameter>();
        foreach (var (_, function) in entries)
            Declare(function, "");
        return new Graph(name, [.. functions], [.. entries.Select(e => new EntryPoint(e.Entry, e.Function))], [.. parameters.Values]);

        void Declare(string function, string at)
        {
            foreach (var node in functions.First(f => f.Name == function).Nodes)
                if (node is CallNode call)
                    Declare(call.Callee, InstancePath.Join(at, call.Path));
                else if (node is OpNode { Op.IsModule: true } op)
                    foreach (var p in op.Op.Parameters(op.Attributes))
                    {
                        var path = InstancePath.Join(InstancePath.Join(at, op.Path), p.Name);
                        parameters.TryAdd(path, new Parameter(path, p.Shape, p.Initializer, path.Split('.')[0], default));
                    }
        }
    }
}
