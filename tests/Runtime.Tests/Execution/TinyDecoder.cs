using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Runtime.Tests.Execution;

/// <summary>A small decoder with cached self-attention, with the entries <c>prefill</c> and <c>step</c> on the same parameters.</summary>
internal static class TinyDecoder
{
    public const int Vocab = 19, Dim = 16, Heads = 4, KeyHeads = 2, Layers = 2, Context = 32;

    /// <param name="positions">How it knows positions: <c>rope</c>, <c>alibi</c>, <c>relative</c>, <c>distances</c>, or <c>prefix</c>: by rope, behind learned keys and values.</param>
    public static Graph Graph(string positions = "rope")
    {
        var attention = Attention(positions);
        var layer = Layer(attention);
        return Graphs.Of([Entry("prefill", layer), Entry("step", layer)], layer, attention);
    }

    private static Function Attention(string positions)
    {
        var f = new FunctionBuilder("attention");
        var n = Compiler.Types.Dim.Symbol("n");
        var x = f.Input("x", TensorType.Float(n, Dim));
        var at = f.Input("positions", TensorType.Int(n));
        var (q, k, v) = (Linear(f, x, "q", Dim), Linear(f, x, "k", Dim * KeyHeads / Heads), Linear(f, x, "v", Dim * KeyHeads / Heads));
        Value? relative = null, distances = null, prefixKeys = null, prefixValues = null;
        if (positions is "rope" or "prefix")
            (q, k) = (Rope(f, q, at), Rope(f, k, at));
        else if (positions == "relative")
            relative = Parameter(f, "distances", Context, Dim);
        else if (positions == "distances")
            distances = Parameter(f, "distances", 7, Heads);
        if (positions == "prefix")
            (prefixKeys, prefixValues) = (Parameter(f, "prefix_k", 3, Dim * KeyHeads / Heads), Parameter(f, "prefix_v", 3, Dim * KeyHeads / Heads));
        var result = f.Op("attention", [q, k, v, null, null, relative, distances, prefixKeys, prefixValues], cached: true,
            attributes: [("heads", (Constant)Heads), ("kv_heads", (Constant)KeyHeads), ("causal", (Constant)true), ("alibi", (Constant)(positions == "alibi"))]);
        return f.Build(Linear(f, result, "o", Dim));
    }

    private static Function Layer(Function attention)
    {
        var f = new FunctionBuilder("layer");
        var rows = Compiler.Types.Dim.Symbol("rows");
        var x = f.Input("x", TensorType.Float(rows, Dim));
        var at = f.Input("positions", TensorType.Int(rows));
        var normed = f.Op("rms_norm", [x], "norm1", attributes: ("dim", (Constant)Dim));
        var h = f.Op("add", [x, f.Call(attention, "attn", 0, [normed, at], TensorType.Float(rows, Dim))[0]]);
        var inner = f.Op("silu", [Linear(f, f.Op("rms_norm", [h], "norm2", attributes: ("dim", (Constant)Dim)), "mlp.up", 2 * Dim)]);
        return f.Build(f.Op("add", [h, Linear(f, inner, "mlp.down", Dim, 2 * Dim)]));
    }

    private static Function Entry(string name, Function layer)
    {
        var f = new FunctionBuilder(name);
        var text = Compiler.Types.Dim.Symbol("text");
        var ids = f.Input("ids", TensorType.Int(text));
        var at = f.Input("positions", TensorType.Int(text));
        var x = f.Op("embedding", [ids], "embed", attributes: [("vocab", (Constant)Vocab), ("dim", (Constant)Dim), ("std", (Constant)1.0)]);
        for (var i = 0; i < Layers; i++)
            x = f.Call(layer, $"layers.{i}", 0, [x, at], TensorType.Float(text, Dim))[0];
        return f.Build(f.Op("embedding", [x], "embed", "unembed", attributes: [("vocab", (Constant)Vocab), ("dim", (Constant)Dim), ("std", (Constant)1.0)]));
    }

    private static Value Linear(FunctionBuilder f, Value x, string path, int outputs, int inputs = Dim) =>
        f.Op("linear", [x], path, attributes: [("in", (Constant)inputs), ("out", (Constant)outputs), ("bias", (Constant)false)]);

    private static Value Parameter(FunctionBuilder f, string path, int rows, int width) =>
        f.Op("parameter", [], path, attributes: [("shape", new ListConstant([rows, width])), ("std", 1.0)]);

    private static Value Rope(FunctionBuilder f, Value x, Value at) => f.Op("rope", [x, at], attributes: ("head_dim", (Constant)(Dim / Heads)));
}
