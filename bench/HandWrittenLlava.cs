using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Mllm.Bench;

/// <summary>
/// LLaVA's tiny variant as modules of TorchSharp, straightforwardly written: what the trainer is measured against. Its vision tower is frozen, and its parameters begin as copies.
/// </summary>
internal sealed class HandWrittenLlava : nn.Module
{
    private const int Width = 128, Depth = 4, Heads = 4, FeedForward = 512, Vocabulary = 1024, Context = 512;

    private readonly Tower _vision;
    private readonly Linear _first, _second, _head;
    private readonly Embedding _embedding;
    private readonly ModuleList<DecoderLayer> _layers;
    private readonly RmsNorm _norm;
    private readonly Tensor _cos, _sin;

    /// <param name="weight">Gives the value of a parameter of the compiled model by its path.</param>
    public HandWrittenLlava(Func<string, Tensor> weight)
        : base(nameof(HandWrittenLlava))
    {
        using var unrecorded = no_grad();
        _vision = new Tower(weight);
        _first = Weights.Linear(weight, "projector.linear_1", Width, Width);
        _second = Weights.Linear(weight, "projector.linear_2", Width, Width);
        _embedding = nn.Embedding(Vocabulary, Width);
        _embedding.weight!.copy_(weight("llm.model.embed_tokens.weight"));
        _layers = new ModuleList<DecoderLayer>([.. Enumerable.Range(0, Depth).Select(i => new DecoderLayer(weight, $"llm.model.layers.{i}"))]);
        _norm = new RmsNorm(weight("llm.model.norm.weight"));
        _head = Weights.Linear(weight, "llm.lm_head", Width, Vocabulary, hasBias: false);
        var frequency = tensor(Enumerable.Range(0, Width / Heads / 2).Select(i => MathF.Pow(10000, -2f * i / (Width / Heads))).ToArray());
        var angle = outer(tensor(Enumerable.Range(0, Context).Select(i => (float)i).ToArray()), frequency);
        (_cos, _sin) = (cat([angle, angle], 1).cos(), cat([angle, angle], 1).sin());
        RegisterComponents();
        foreach (var parameter in _vision.parameters())
            parameter.requires_grad = false;
    }

    /// <summary>The mean cross-entropy of the tokens that are to be predicted.</summary>
    /// <param name="pixels">[pictures, 3, 64, 64], in the order of their places.</param>
    /// <param name="ids">[rows, n], padded on the right.</param>
    /// <param name="isPicture">[rows, n], where the tokens of pictures stand.</param>
    /// <param name="labels">[rows, n], -100 where nothing is to be predicted.</param>
    public Tensor Loss(Tensor pixels, Tensor ids, Tensor isPicture, Tensor labels)
    {
        Tensor seen;
        using (no_grad())
            seen = _vision.call(pixels);
        var features = _second.call(nn.functional.gelu(_first.call(seen)));
        var n = ids.size(1);
        var embedded = _embedding.call(ids);
        var x = embedded.masked_scatter(isPicture.unsqueeze(-1).expand_as(embedded), features);
        var (cos, sin) = (_cos.narrow(0, 0, n), _sin.narrow(0, 0, n));
        foreach (var layer in _layers)
            x = layer.Forward(x, cos, sin);
        var logits = _head.call(_norm.call(x));
        return nn.functional.cross_entropy(logits.narrow(1, 0, n - 1).reshape(-1, Vocabulary), labels.narrow(1, 1, n - 1).reshape(-1));
    }

    /// <summary>CLIP's tower up to its last layer, without the class token.</summary>
    private sealed class Tower : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d _patches;
        private readonly Parameter _class, _position;
        private readonly LayerNorm _norm;
        private readonly ModuleList<TowerLayer> _layers;

        public Tower(Func<string, Tensor> weight)
            : base(nameof(Tower))
        {
            _patches = nn.Conv2d(3, Width, 16, stride: 16, bias: false);
            _patches.weight!.copy_(weight("vision.embeddings.patch_embedding.weight"));
            _class = new Parameter(weight("vision.embeddings.class_embedding").detach().clone());
            _position = new Parameter(weight("vision.embeddings.position_embedding.weight").detach().clone());
            _norm = Weights.Norm(weight, "vision.pre_layrnorm", Width);
            _layers = new ModuleList<TowerLayer>([.. Enumerable.Range(0, Depth).Select(i => new TowerLayer(weight, $"vision.encoder.layers.{i}"))]);
            RegisterComponents();
        }

        public override Tensor forward(Tensor pixels)
        {
            var patches = _patches.call(pixels).flatten(2).transpose(1, 2);
            var x = _norm.call(cat([_class.expand(pixels.size(0), 1, -1), patches], 1) + _position);
            foreach (var layer in _layers)
                x = layer.call(x);
            return x.narrow(1, 1, x.size(1) - 1);
        }
    }

    private sealed class TowerLayer : nn.Module<Tensor, Tensor>
    {
        // Kept: TorchSharp gives LibTorch the address of a number and does not keep a temporary one alive meanwhile.
        private static readonly Scalar Slope = 1.702;

        private readonly LayerNorm _norm1, _norm2;
        private readonly Linear _q, _k, _v, _o, _up, _down;

        public TowerLayer(Func<string, Tensor> weight, string path)
            : base(nameof(TowerLayer))
        {
            (_norm1, _norm2) = (Weights.Norm(weight, path + ".layer_norm1", Width), Weights.Norm(weight, path + ".layer_norm2", Width));
            Linear Of(string name, long from, long to) => Weights.Linear(weight, $"{path}.{name}", from, to);
            (_q, _k, _v, _o) = (Of("self_attn.q_proj", Width, Width), Of("self_attn.k_proj", Width, Width), Of("self_attn.v_proj", Width, Width), Of("self_attn.out_proj", Width, Width));
            (_up, _down) = (Of("mlp.fc1", Width, FeedForward), Of("mlp.fc2", FeedForward, Width));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            var normed = _norm1.call(x);
            var attended = nn.functional.scaled_dot_product_attention(Weights.Split(_q.call(normed), Heads), Weights.Split(_k.call(normed), Heads), Weights.Split(_v.call(normed), Heads));
            var h = x + _o.call(Weights.Joined(attended));
            var inner = _up.call(_norm2.call(h));
            return h + _down.call(inner * sigmoid(inner * Slope));
        }
    }

    private sealed class DecoderLayer : nn.Module
    {
        private readonly RmsNorm _norm1, _norm2;
        private readonly Linear _q, _k, _v, _o, _gate, _up, _down;

        public DecoderLayer(Func<string, Tensor> weight, string path)
            : base(nameof(DecoderLayer))
        {
            (_norm1, _norm2) = (new RmsNorm(weight(path + ".input_layernorm.weight")), new RmsNorm(weight(path + ".post_attention_layernorm.weight")));
            Linear Of(string name, long from, long to) => Weights.Linear(weight, $"{path}.{name}", from, to, hasBias: false);
            (_q, _k, _v, _o) = (Of("self_attn.q_proj", Width, Width), Of("self_attn.k_proj", Width, Width), Of("self_attn.v_proj", Width, Width), Of("self_attn.o_proj", Width, Width));
            (_gate, _up, _down) = (Of("mlp.gate_proj", Width, FeedForward), Of("mlp.up_proj", Width, FeedForward), Of("mlp.down_proj", FeedForward, Width));
            RegisterComponents();
        }

        public Tensor Forward(Tensor x, Tensor cos, Tensor sin)
        {
            var normed = _norm1.call(x);
            var (q, k) = (Turned(Weights.Split(_q.call(normed), Heads), cos, sin), Turned(Weights.Split(_k.call(normed), Heads), cos, sin));
            // Padding stands behind what is real: the causal mask hides it from all that counts.
            var attended = nn.functional.scaled_dot_product_attention(q, k, Weights.Split(_v.call(normed), Heads), is_casual: true);
            var h = x + _o.call(Weights.Joined(attended));
            var inner = _norm2.call(h);
            return h + _down.call(nn.functional.silu(_gate.call(inner)) * _up.call(inner));
        }

        private static Tensor Turned(Tensor x, Tensor cos, Tensor sin)
        {
            var half = x.size(-1) / 2;
            return x * cos + cat([-x.narrow(-1, half, half), x.narrow(-1, 0, half)], -1) * sin;
        }
    }

    private sealed class RmsNorm : nn.Module<Tensor, Tensor>
    {
        private static readonly Scalar Two = 2, Epsilon = 1e-6;

        private readonly Parameter _weight;

        public RmsNorm(Tensor weight)
            : base(nameof(RmsNorm))
        {
            _weight = new Parameter(weight.detach().clone());
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => x * rsqrt(x.pow(Two).mean([-1], keepdim: true) + Epsilon) * _weight;
    }

    /// <summary>Layers that begin as copies, and the axes of attention.</summary>
    private static class Weights
    {
        public static Linear Linear(Func<string, Tensor> weight, string path, long from, long to, bool hasBias = true)
        {
            var layer = nn.Linear(from, to, hasBias);
            layer.weight!.copy_(weight(path + ".weight"));
            if (hasBias)
                layer.bias!.copy_(weight(path + ".bias"));
            return layer;
        }

        public static LayerNorm Norm(Func<string, Tensor> weight, string path, long width)
        {
            var norm = nn.LayerNorm(width, eps: 1e-5);
            norm.weight!.copy_(weight(path + ".weight"));
            norm.bias!.copy_(weight(path + ".bias"));
            return norm;
        }

        public static Tensor Split(Tensor x, long heads) => x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);

        public static Tensor Joined(Tensor x) => x.transpose(1, 2).flatten(2);
    }
}
