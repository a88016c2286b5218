using Mllm.Runtime.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Bench;

/// <summary>The same decoder written by hand in TorchSharp, for one sequence: what the executor's overhead is measured against.</summary>
internal sealed class HandWrittenLlama : IDisposable
{
    // Kept: TorchSharp gives LibTorch the address of a number and does not keep a temporary one alive meanwhile.
    private static readonly Scalar One = 1, Epsilon = LlamaShape.Epsilon;

    private readonly LlamaShape _shape;
    private readonly Tensor[][] _layers;
    private readonly Tensor _embedding, _norm, _head, _frequency;
    private readonly Tensor[] _keys, _values;
    private long _length;

    /// <param name="model">Its parameters are used, not copied.</param>
    /// <param name="room">Positions of the key-value cache.</param>
    public HandWrittenLlama(LlamaShape shape, CompiledModel model, long room)
    {
        _shape = shape;
        Tensor Weight(string path) => model.Parameters[$"llm.{path}.weight"];
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(i => new[]
        {
            "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
        }.Select(name => Weight($"model.layers.{i}.{name}")).ToArray())];
        (_embedding, _norm, _head) = (Weight("model.embed_tokens"), Weight("model.norm"), Weight("lm_head"));
        _frequency = tensor(Enumerable.Range(0, shape.HeadDim / 2).Select(i => MathF.Pow(10000, -2f * i / shape.HeadDim)).ToArray());
        Tensor[] Buffers() => [.. Enumerable.Range(0, shape.Layers).Select(_ => empty(1, shape.KeyHeads, room, shape.HeadDim, model.Dtype))];
        (_keys, _values) = (Buffers(), Buffers());
    }

    public void Reset() => _length = 0;

    /// <summary>The logits [1, vocab] of the last position.</summary>
    /// <param name="ids">[1, n]</param>
    public Tensor Forward(Tensor ids, Tensor positions)
    {
        using var flat = ids.reshape(-1);
        using var rows = _embedding.index_select(0, flat);
        var n = ids.size(1);
        var x = rows.view(1, n, _shape.Dim);
        var (cos, sin) = Rotation(positions, x.dtype);
        for (var i = 0; i < _layers.Length; i++)
        {
            using var before = x;
            x = Layer(before, _layers[i], i, n, cos, sin);
        }
        _length += n;
        cos.Dispose();
        sin.Dispose();
        using var all = x;
        using var last = all.select(1, n - 1);
        using var normed = Norm(last, _norm);
        return nn.functional.linear(normed, _head);
    }

    public void Dispose()
    {
        foreach (var tensor in _keys.Concat(_values).Append(_frequency))
            tensor.Dispose();
    }

    private Tensor Layer(Tensor x, Tensor[] w, int index, long n, Tensor cos, Tensor sin)
    {
        using var normed = Norm(x, w[0]);
        using var q = nn.functional.linear(normed, w[1]);
        using var k = nn.functional.linear(normed, w[2]);
        using var v = nn.functional.linear(normed, w[3]);
        using var turnedQ = Turn(q, cos, sin, _shape.Heads);
        using var turnedK = Turn(k, cos, sin, _shape.KeyHeads);
        using var attended = Attend(turnedQ, turnedK, v, index, n);
        using var o = nn.functional.linear(attended, w[4]);
        using var h = x.add(o);
        using var inner = Norm(h, w[5]);
        using var gate = nn.functional.linear(inner, w[6]);
        using var activated = nn.functional.silu(gate);
        using var up = nn.functional.linear(inner, w[7]);
        using var product = activated.mul(up);
        using var down = nn.functional.linear(product, w[8]);
        return h.add(down);
    }

    private Tensor Attend(Tensor q, Tensor k, Tensor v, int index, long n)
    {
        var (total, group) = (_length + n, _shape.Heads / _shape.KeyHeads);
        using var newKeys = Heads(k, _shape.KeyHeads);
        using var newValues = Heads(v, _shape.KeyHeads);
        using var keyPlace = _keys[index].narrow(2, _length, n);
        using var valuePlace = _values[index].narrow(2, _length, n);
        keyPlace.copy_(newKeys);
        valuePlace.copy_(newValues);
        using var keys = _keys[index].narrow(2, 0, total);
        using var values = _values[index].narrow(2, 0, total);
        if (n == 1)
        {
            using var grouped = q.view(1, _shape.KeyHeads, group, _shape.HeadDim);
            using var one = nn.functional.scaled_dot_product_attention(grouped, keys, values);
            return one.reshape(1, 1, _shape.Dim);
        }
        using var queries = Heads(q, _shape.Heads);
        using var allKeys = Repeat(keys, group);
        using var allValues = Repeat(values, group);
        using var many = nn.functional.scaled_dot_product_attention(queries, allKeys, allValues, is_casual: true);
        using var ordered = many.transpose(1, 2);
        return ordered.reshape(1, n, _shape.Dim);
    }

    private Tensor Heads(Tensor x, int heads)
    {
        using var split = x.view(1, x.size(1), heads, _shape.HeadDim);
        return split.transpose(1, 2);
    }

    private static Tensor Repeat(Tensor x, long times)
    {
        using var apart = x.unsqueeze(2);
        using var repeated = apart.expand(-1, -1, times, -1, -1);
        return repeated.reshape(1, x.size(1) * times, x.size(2), x.size(3));
    }

    private Tensor Turn(Tensor x, Tensor cos, Tensor sin, int heads)
    {
        using var split = x.view(1, x.size(1), heads, _shape.HeadDim);
        using var partner = split.roll(_shape.HeadDim / 2, -1);
        using var turned = split.mul(cos).addcmul_(partner, sin, One);
        return turned.view(x.shape);
    }

    private (Tensor Cos, Tensor Sin) Rotation(Tensor positions, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var angle = positions.to(ScalarType.Float32).unsqueeze(-1) * _frequency;
        var (cos, sin) = (angle.cos(), angle.sin());
        return (cat([cos, cos], -1).to(dtype).unsqueeze(-2).MoveToOuterDisposeScope(), cat([-sin, sin], -1).to(dtype).unsqueeze(-2).MoveToOuterDisposeScope());
    }

    private static Tensor Norm(Tensor x, Tensor weight)
    {
        using var wide = x.to(ScalarType.Float32);
        using var squares = wide.mul(wide);
        using var mean = squares.mean([-1], keepdim: true);
        using var scale = mean.add_(Epsilon).rsqrt();
        using var normed = wide.mul(scale);
        using var narrow = normed.to(x.dtype);
        return narrow.mul(weight);
    }
}
