using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Bench;

/// <summary>The graph of a LLaMA decoder as the compiler would give it: entries <c>prefill</c> and <c>step</c> that map ids and positions to logits of the last position.</summary>
internal sealed class LlamaGraph
{
    private readonly LlamaShape _shape;
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, Parameter> _parameters = [];
    private readonly List<(string Path, Op Op, Attributes Attributes)> _members = [];
    private int _values;

    private LlamaGraph(LlamaShape shape) => _shape = shape;

    public static Graph Build(LlamaShape shape) => new LlamaGraph(shape).Build();

    private Graph Build()
    {
        var layer = Layer();
        foreach (var i in Enumerable.Range(0, _shape.Layers))
            foreach (var (path, op, attributes) in _members)
                Declare($"layers.{i}.{path}", op, attributes);
        _members.Clear();
        var entries = new[] { "prefill", "step" }.Select(name => Entry(name, layer)).ToArray();
        foreach (var (path, op, attributes) in _members)
            Declare(path, op, attributes);
        return new Graph("llama", [.. entries, layer], [.. entries.Select(e => new EntryPoint(e.Name, e.Name))], [.. _parameters.Values]);
    }

    private Function Layer()
    {
        var (n, dim, keys) = (Dim.Symbol("n"), _shape.Dim, _shape.KeyHeads * _shape.HeadDim);
        var (x, positions) = (New(TensorType.Float(n, dim)), New(TensorType.Int(n)));
        var normed = Op("rms_norm", [x], "input_layernorm", ("dim", dim), ("eps", 1e-5));
        var q = Rope(Linear(normed, "self_attn.q_proj", dim, dim), positions);
        var k = Rope(Linear(normed, "self_attn.k_proj", dim, keys), positions);
        var v = Linear(normed, "self_attn.v_proj", dim, keys);
        var attended = Op("attention", [q, k, v], "", ("heads", _shape.Heads), ("kv_heads", _shape.KeyHeads), ("causal", true));
        var h = Op("add", [x, Linear(attended, "self_attn.o_proj", dim, dim)], "");
        var inner = Op("rms_norm", [h], "post_attention_layernorm", ("dim", dim), ("eps", 1e-5));
        var gate = Op("silu", [Linear(inner, "mlp.gate_proj", dim, _shape.Ffn)], "");
        var product = Op("mul", [gate, Linear(inner, "mlp.up_proj", dim, _shape.Ffn)], "");
        var result = Op("add", [h, Linear(product, "mlp.down_proj", _shape.Ffn, dim)], "");
        return Function("layer", [x with { Name = "x" }, positions with { Name = "positions" }], result);
    }

    private Function Entry(string name, Function layer)
    {
        var (text, dim) = (Dim.Symbol("text"), _shape.Dim);
        var (ids, positions) = (New(TensorType.Int(text)), New(TensorType.Int(text)));
        var x = Op("embedding", [ids], "embed_tokens", ("vocab", _shape.Vocab), ("dim", dim));
        for (var i = 0; i < _shape.Layers; i++)
        {
            var next = New(TensorType.Float(text, dim));
            _nodes.Add(new CallNode(layer.Name, 0, [next], [x, positions], $"layers.{i}", default));
            x = next;
        }
        var last = Op("element", [x], "", ("index", new IntConstant(text - 1)));
        return Function(name, [ids with { Name = "ids" }, positions with { Name = "positions" }], Linear(Op("rms_norm", [last], "norm", ("dim", dim), ("eps", 1e-5)), "lm_head", dim, _shape.Vocab));
    }

    private Function Function(string name, ImmutableArray<Value> inputs, Value result)
    {
        var function = new Function(name, inputs, [.. _nodes], [result]);
        _nodes.Clear();
        return function;
    }

    private Value Linear(Value x, string path, int inputs, int outputs) => Op("linear", [x], path, ("in", inputs), ("out", outputs), ("bias", false), ("std", 0.02));

    private Value Rope(Value x, Value positions) => Op("rope", [x, positions], "", ("head_dim", _shape.HeadDim));

    private Value Op(string name, ImmutableArray<Value?> operands, string path, params (string Name, Constant Value)[] given)
    {
        var op = OpRegistry.Find(name)!;
        var attributes = new Attributes([.. op.Attributes.Select(a => KeyValuePair.Create(a.Name, given.FirstOrDefault(g => g.Name == a.Name).Value ?? a.Default!))]);
        var context = new InferContext("forward", attributes, [.. operands.Select(o => o?.Type)]);
        var result = New(op.Infer(context)[0]);
        if (context.Violations.Count > 0)
            throw new InvalidOperationException(context.Violations[0].Message);
        _nodes.Add(new OpNode(op, "forward", attributes, [result], operands, path, default, Cached: name == "attention"));
        if (op.IsModule)
            _members.Add((path, op, attributes));
        return result;
    }

    private Value New(TensorType type) => new(_values++, "", type);

    private void Declare(string path, Op op, Attributes attributes)
    {
        foreach (var parameter in op.Parameters(attributes))
            _parameters.TryAdd($"{path}.{parameter.Name}", new Parameter($"{path}.{parameter.Name}", parameter.Shape, parameter.Initializer, "llm", default));
    }
}
