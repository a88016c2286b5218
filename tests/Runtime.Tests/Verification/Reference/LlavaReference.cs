using Mllm.Runtime.Tests.Kernels;
using Mllm.Runtime.Tests.Weights;

namespace Mllm.Runtime.Tests.Verification.Reference;

/// <summary>
/// LLaVA-1.5 from its papers and the conventions of released checkpoints: CLIP's tower (Radford et al., 2021) tapped before its last layer and without
/// its class token, two layers with GELU, and LLaMA (Touvron et al., 2023) with grouped key heads (Ainslie et al., 2023).
/// </summary>
internal sealed class LlavaReference
{
    private const int Side = 16, Patch = 4, VisionDim = 24, VisionHeads = 3, VisionFfn = 40, VisionDepth = 3;
    private const int Dim = 32, Heads = 4, KeyHeads = 2, Ffn = 48, Depth = 3, Vocab = 60, Image = 59;
    private const double VisionEps = 1e-5, Eps = 1e-5, Theta = 10000;

    /// <summary>As Hugging Face's LlavaConfig writes it.</summary>
    public const string Config = """
        {
          "model_type": "llava", "image_token_index": 59, "projector_hidden_act": "gelu", "vision_feature_layer": -2, "vision_feature_select_strategy": "default",
          "vision_config": {
            "model_type": "clip_vision_model", "image_size": 16, "patch_size": 4, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 3,
            "intermediate_size": 40, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05
          },
          "text_config": {
            "model_type": "llama", "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 48,
            "vocab_size": 60, "max_position_embeddings": 128, "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 10000.0
          }
        }
        """;

    private readonly DrawnWeights _weights = new(1);
    private readonly Random _random = new(2);

    /// <summary>Writes three calls: one prompt with two pictures; and rows with one, none and two of them, padded on the right and on the left.</summary>
    public void Write(TemporaryFolder folder)
    {
        var golden = new GoldenFolder();
        Call(golden, "", false, [[1, 7, Image, 9, Image, 12, 30]]);
        Call(golden, "batch.", false, [[1, 5, Image, 8], [1, 40, 41, 42, 43, 44], [1, Image, Image, 22, 23, 24, 25]]);
        Call(golden, "left.", true, [[Image, 3], [1, 50, 51], [2, Image, 6, Image]]);
        golden.Write(folder, _weights, Config);
    }

    private void Call(GoldenFolder golden, string group, bool left, long[][] prompts)
    {
        var pictures = prompts.Select(p => p.Where(id => id == Image).Select(_ => Picture()).ToList()).ToList();
        var all = pictures.SelectMany(p => p).ToList();
        var (length, padding) = (prompts.Max(p => p.Length), 0L);
        golden.Input($"{group}pixel_values", new Nd([all.Count, 3, Side, Side], [.. all.SelectMany(p => p.Data)]));
        golden.Input($"{group}input_ids", [prompts.Length, length], prompts.SelectMany(p => GoldenFolder.Pad(p, length, padding, left)));
        golden.Input($"{group}attention_mask", [prompts.Length, length], prompts.SelectMany(p => GoldenFolder.Pad(p.Select(_ => 1L), length, 0L, left)));

        var states = all.Select(Tower).ToList();
        golden.Expect($"{group}vision.last_hidden_state", [.. states.Select(s => s[^1])]);
        golden.Expect($"{group}vision.features", [.. states.Select(Features)]);
        golden.Expect($"{group}bridge.output", [.. states.Select(s => Project(Features(s)))]);

        var embedded = prompts.Zip(pictures, Embed).ToArray();
        var hidden = embedded.Select(Language).ToArray();
        var logits = hidden.Select(h => Head(h[^1])).ToArray();
        golden.Expect($"{group}lm.inputs_embeds", embedded, left);
        golden.Expect($"{group}logits", logits, left);
        for (var k = 0; k <= Depth; k++)
            golden.Expect($"{group}hidden_states.{k}", [.. hidden.Select(h => h[k])], left);
        var longest = embedded.Max(e => e.Length);
        golden.Expect($"{group}merged_attention_mask", [prompts.Length, longest], embedded.SelectMany(e => GoldenFolder.Pad(e.Select(_ => 1L), longest, 0L, left)));
        golden.Expect($"{group}position_ids", [prompts.Length, longest], embedded.SelectMany(e => GoldenFolder.Pad(e.Select((_, i) => (long)i), longest, 1L, left)));
        if (group.Length > 0)
            return;

        // Every token but the pictures and the first text is to be predicted.
        long[] labels = [.. prompts[0].Select((id, i) => id == Image || i < 2 ? -100 : id)];
        var merged = prompts[0].Zip(labels).SelectMany(t => t.First == Image ? Enumerable.Repeat(-100L, Project(Features(states[0])).Length) : [t.Second]).ToArray();
        golden.Input("labels", [1, length], labels);
        golden.Expect("merged_labels", [1, longest], merged);
        golden.Expect("loss", [], [Plain.Loss(logits[0], merged)]);
        golden.Expect("generate.ids", [1, 6], Greedy(embedded[0], 6));
    }

    /// <summary>Hidden states of CLIP's tower: the embedded picture, then what each layer leaves.</summary>
    private List<double[][]> Tower(Nd picture)
    {
        const string root = "vision_tower.vision_model";
        var patches = Plain.Patches(picture, _weights.Get($"{root}.embeddings.patch_embedding.weight", 0, 0.25, VisionDim, 3, Patch, Patch));
        var cls = _weights.Get($"{root}.embeddings.class_embedding", 0, 1, VisionDim).Data;
        var positions = _weights.Get($"{root}.embeddings.position_embedding.weight", 0, 0.5, patches.Length + 1, VisionDim);
        var x = _weights.LayerNorm($"{root}.pre_layrnorm", Plain.Add([cls, .. patches], Plain.Rows(positions)), VisionEps);
        var states = new List<double[][]> { x };
        for (var i = 0; i < VisionDepth; i++)
        {
            var layer = $"{root}.encoder.layers.{i}";
            var n = _weights.LayerNorm($"{layer}.layer_norm1", x, VisionEps);
            double[][] Part(string name) => _weights.Affine($"{layer}.self_attn.{name}_proj", n, VisionDim);
            var attended = Plain.Attention(Part("q"), Part("k"), Part("v"), VisionHeads, VisionHeads, Plain.Everything);
            x = Plain.Add(x, _weights.Affine($"{layer}.self_attn.out_proj", attended, VisionDim));
            var inner = Plain.Map(_weights.Affine($"{layer}.mlp.fc1", _weights.LayerNorm($"{layer}.layer_norm2", x, VisionEps), VisionFfn), Plain.QuickGelu);
            states.Add(x = Plain.Add(x, _weights.Affine($"{layer}.mlp.fc2", inner, VisionDim)));
        }
        // In every checkpoint, and never used here.
        _weights.LayerNorm($"{root}.post_layernorm", x, VisionEps);
        return states;
    }

    private static double[][] Features(List<double[][]> states) => states[^2][1..];

    private double[][] Project(double[][] features) =>
        _weights.Affine("multi_modal_projector.linear_2", Plain.Map(_weights.Affine("multi_modal_projector.linear_1", features, Dim), Plain.Gelu), Dim);

    private Nd Table => _weights.Get("language_model.model.embed_tokens.weight", 0, 0.5, Vocab, Dim);

    private double[][] Embed(long[] prompt, List<Nd> pictures)
    {
        var next = 0;
        return [.. prompt.SelectMany(id => id == Image ? Project(Features(Tower(pictures[next++]))) : Plain.Embed([id], Table))];
    }

    /// <summary>What enters LLaMA's layers and what each leaves, the last one after the final norm.</summary>
    private List<double[][]> Language(double[][] x)
    {
        var states = new List<double[][]> { x };
        for (var i = 0; i < Depth; i++)
        {
            var layer = $"language_model.model.layers.{i}";
            var n = _weights.RmsNorm($"{layer}.input_layernorm", x, Eps);
            var q = Plain.Rope(_weights.Linear($"{layer}.self_attn.q_proj", n, Dim), Dim / Heads, Theta);
            var k = Plain.Rope(_weights.Linear($"{layer}.self_attn.k_proj", n, Dim / Heads * KeyHeads), Dim / Heads, Theta);
            var v = _weights.Linear($"{layer}.self_attn.v_proj", n, Dim / Heads * KeyHeads);
            x = Plain.Add(x, _weights.Linear($"{layer}.self_attn.o_proj", Plain.Attention(q, k, v, Heads, KeyHeads, Plain.Causal), Dim));
            n = _weights.RmsNorm($"{layer}.post_attention_layernorm", x, Eps);
            var inner = Plain.Multiply(Plain.Map(_weights.Linear($"{layer}.mlp.gate_proj", n, Ffn), Plain.Silu), _weights.Linear($"{layer}.mlp.up_proj", n, Ffn));
            states.Add(x = Plain.Add(x, _weights.Linear($"{layer}.mlp.down_proj", inner, Dim)));
        }
        states[^1] = _weights.RmsNorm("language_model.model.norm", x, Eps);
        return states;
    }

    private double[][] Head(double[][] hidden) => _weights.Linear("language_model.lm_head", hidden, Vocab);

    private long[] Greedy(double[][] embedded, int count)
    {
        var ids = new List<long>();
        while (ids.Count < count)
        {
            var last = Head(Language([.. embedded, .. Plain.Embed(ids, Table)])[^1])[^1];
            ids.Add(Array.IndexOf(last, last.Max()));
        }
        return [.. ids];
    }

    private Nd Picture() => Nd.Make([3, Side, Side], _ => (float)(2 * KernelCheck.Uniform(_random)));
}
