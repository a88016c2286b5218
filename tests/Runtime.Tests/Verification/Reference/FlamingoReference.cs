using Mllm.Runtime.Tests.Kernels;
using Mllm.Runtime.Tests.Weights;

namespace Mllm.Runtime.Tests.Verification.Reference;

/// <summary>
/// Flamingo (Alayrac et al., 2022) in the form that has released weights: CLIP's tower under open_clip's names, the perceiver resampler with frames, gated
/// cross-attention before every second layer, and OPT (Zhang et al., 2022).
/// </summary>
internal sealed class FlamingoReference
{
    private const int Side = 12, Patch = 4, VisionDim = 20, VisionHeads = 2, VisionDepth = 2, Joint = 8;
    private const int Frames = 2, MostFrames = 3, Latents = 3, ResamplerDepth = 2, ResamplerHeads = 2, ResamplerWidth = 6, CrossHeads = 2, CrossWidth = 8, Mult = 4;
    private const int Dim = 24, Heads = 3, Ffn = 40, Depth = 4, Every = 2, Vocab = 50, Context = 64, Media = 49;

    public const string Config = """
        {
          "lm_type": "opt", "cross_attn_every_n_layers": 2, "media_token_id": 49, "eoc_token_id": 48, "frames": 2,
          "vision": { "image_size": 12, "patch_size": 4, "width": 20, "layers": 2, "heads": 2, "mlp_ratio": 2.0, "output_dim": 8 },
          "perceiver": { "depth": 2, "heads": 2, "dim_head": 6, "ff_mult": 4, "num_latents": 3, "max_num_frames": 3 },
          "cross_attn": { "heads": 2, "dim_head": 8, "ff_mult": 4 },
          "lm": {
            "hidden_size": 24, "num_hidden_layers": 4, "num_attention_heads": 3, "ffn_dim": 40, "vocab_size": 50, "max_position_embeddings": 64,
            "word_embed_proj_dim": 24, "do_layer_norm_before": true, "activation_function": "relu"
          }
        }
        """;

    private readonly DrawnWeights _weights = new(3);
    private readonly Random _random = new(4);

    /// <summary>Writes three calls: one prompt with two clips of two frames, rows with two and one of them, and a prompt without any.</summary>
    public void Write(TemporaryFolder folder)
    {
        var golden = new GoldenFolder();
        Call(golden, "", 2, [[2, 7, Media, 9, 10, Media, 12]]);
        Call(golden, "batch.", 2, [[Media, 5, 6, Media, 8, 9, 10], [2, 3, Media, 20, 21]]);
        Call(golden, "text.", 0, [[2, 30, 31, 32]]);
        golden.Write(folder, _weights, Config);
    }

    private void Call(GoldenFolder golden, string group, int clips, long[][] prompts)
    {
        var pictures = prompts.Select(_ => Enumerable.Range(0, clips * Frames).Select(_ => Picture()).ToList()).ToList();
        var all = pictures.SelectMany(p => p).ToList();
        var length = prompts.Max(p => p.Length);
        golden.Input($"{group}input_ids", [prompts.Length, length], prompts.SelectMany(p => GoldenFolder.Pad(p, length, 1L)));
        golden.Input($"{group}attention_mask", [prompts.Length, length], prompts.SelectMany(p => GoldenFolder.Pad(p.Select(_ => 1L), length, 0L)));

        var features = pictures.Select(row => row.Select(p => Tower(p)[1..]).ToArray()).ToArray();
        var media = features.Select(row => row.Chunk(Frames).Select(Resample).ToArray()).ToArray();
        if (clips > 0)
        {
            golden.Input($"{group}vision_x", new Nd([prompts.Length, clips, Frames, 3, Side, Side], [.. all.SelectMany(p => p.Data)]));
            golden.Expect($"{group}vision.last_hidden_state", [.. features.SelectMany(row => row)]);
            golden.Expect($"{group}bridge.output", [prompts.Length, clips, Latents, VisionDim], media.SelectMany(row => row).SelectMany(m => m).SelectMany(x => x));
        }
        var results = prompts.Zip(media, Language).ToArray();
        golden.Expect($"{group}logits", [.. results.Select(r => r.Logits)]);
        for (var i = Every - 1; i < Depth; i += Every)
            golden.Expect($"{group}layer{i}.gated_cross_attn.output", [.. results.Select(r => r.Woven[i])]);
        if (group.Length == 0)
            golden.Expect("generate.ids", [1, 6], Greedy(prompts[0], media[0], 6));
    }

    /// <summary>The last hidden state of the tower: the class token, then the patches; without the final norm.</summary>
    private double[][] Tower(Nd picture)
    {
        const string root = "vision_encoder";
        var patches = Plain.Patches(picture, _weights.Get($"{root}.conv1.weight", 0, 0.25, VisionDim, 3, Patch, Patch));
        var cls = _weights.Get($"{root}.class_embedding", 0, 1, VisionDim).Data;
        var x = _weights.LayerNorm($"{root}.ln_pre", Plain.Add([cls, .. patches], Plain.Rows(_weights.Get($"{root}.positional_embedding", 0, 0.5, patches.Length + 1, VisionDim))));
        for (var i = 0; i < VisionDepth; i++)
        {
            var layer = $"{root}.transformer.resblocks.{i}";
            var weight = _weights.Matrix($"{layer}.attn.in_proj_weight", 3 * VisionDim, VisionDim);
            var qkv = Plain.Linear(_weights.LayerNorm($"{layer}.ln_1", x), weight, _weights.Get($"{layer}.attn.in_proj_bias", 0, 0.3, 3 * VisionDim));
            double[][] Part(int part) => Plain.Columns(qkv, part * VisionDim, VisionDim);
            x = Plain.Add(x, _weights.Affine($"{layer}.attn.out_proj", Plain.Attention(Part(0), Part(1), Part(2), VisionHeads, VisionHeads, Plain.Everything), VisionDim));
            var inner = Plain.Map(_weights.Affine($"{layer}.mlp.c_fc", _weights.LayerNorm($"{layer}.ln_2", x), 2 * VisionDim), Plain.QuickGelu);
            x = Plain.Add(x, _weights.Affine($"{layer}.mlp.c_proj", inner, VisionDim));
        }
        // In every checkpoint, and never used here.
        _weights.LayerNorm($"{root}.ln_post", x);
        _weights.Get($"{root}.proj", 0, 0.3, VisionDim, Joint);
        return x;
    }

    /// <summary>The latents of one clip.</summary>
    private double[][] Resample(double[][][] frames)
    {
        const int inner = ResamplerHeads * ResamplerWidth;
        var table = _weights.Get("perceiver.frame_embs", 0, 1, MostFrames, VisionDim);
        double[][] media = [.. frames.SelectMany((f, i) => f.Select(patch => patch.Zip(table.Row(i).Data, (a, b) => a + b).ToArray()))];
        var latents = Plain.Rows(_weights.Get("perceiver.latents", 0, 1.7, Latents, VisionDim));
        for (var i = 0; i < ResamplerDepth; i++)
        {
            var layer = $"perceiver.layers.{i}";
            var normed = _weights.LayerNorm($"{layer}.0.norm_latents", latents);
            var kv = _weights.Linear($"{layer}.0.to_kv", [.. _weights.LayerNorm($"{layer}.0.norm_media", media), .. normed], 2 * inner);
            var attended = Plain.Attention(_weights.Linear($"{layer}.0.to_q", normed, inner), Plain.Columns(kv, 0, inner), Plain.Columns(kv, inner, inner), ResamplerHeads, ResamplerHeads, Plain.Everything);
            latents = Plain.Add(latents, _weights.Linear($"{layer}.0.to_out", attended, VisionDim));
            latents = Plain.Add(latents, FeedForward($"{layer}.1", latents));
        }
        return _weights.LayerNorm("perceiver.norm", latents);
    }

    private double[][] FeedForward(string name, double[][] x)
    {
        var width = x[0].Length;
        return _weights.Linear($"{name}.3", Plain.Map(_weights.Linear($"{name}.1", _weights.LayerNorm($"{name}.0", x), Mult * width), Plain.Gelu), width);
    }

    /// <summary>Logits, and what the gated block before each layer gave.</summary>
    private (double[][] Logits, Dictionary<int, double[][]> Woven) Language(long[] ids, double[][][] media)
    {
        const string root = "lang_encoder.model.decoder";
        var table = _weights.Get($"{root}.embed_tokens.weight", 0, 0.6, Vocab, Dim);
        // The table has two rows before the first position.
        var positions = _weights.Get($"{root}.embed_positions.weight", 0, 0.6, Context + 2, Dim);
        var x = Plain.Add(Plain.Embed(ids, table), Plain.Embed(ids.Select((_, i) => i + 2L), positions));
        var woven = new Dictionary<int, double[][]>();
        for (var i = 0; i < Depth; i++)
        {
            var layer = $"{root}.layers.{i}";
            if ((i + 1) % Every == 0)
                woven[i] = x = Gated($"{layer}.gated_cross_attn_layer", x, ids, media);
            var n = _weights.LayerNorm($"{layer}.decoder_layer.self_attn_layer_norm", x);
            double[][] Part(string name) => _weights.Affine($"{layer}.decoder_layer.self_attn.{name}_proj", n, Dim);
            x = Plain.Add(x, _weights.Affine($"{layer}.decoder_layer.self_attn.out_proj", Plain.Attention(Part("q"), Part("k"), Part("v"), Heads, Heads, Plain.Causal), Dim));
            var inner = Plain.Map(_weights.Affine($"{layer}.decoder_layer.fc1", _weights.LayerNorm($"{layer}.decoder_layer.final_layer_norm", x), Ffn), Plain.Relu);
            x = Plain.Add(x, _weights.Affine($"{layer}.decoder_layer.fc2", inner, Dim));
        }
        return (Plain.Linear(_weights.LayerNorm($"{root}.final_layer_norm", x), table), woven);
    }

    /// <summary>Each token sees the latents of the latest clip, which its own token opens; tokens before the first clip see none.</summary>
    private double[][] Gated(string name, double[][] x, long[] ids, double[][][] media)
    {
        const int inner = CrossHeads * CrossWidth;
        double Gate(string gate) => Math.Tanh(_weights.Get($"{name}.{gate}", 0.8, 0.2, 1).Data[0]);
        var q = _weights.Linear($"{name}.attn.to_q", _weights.LayerNorm($"{name}.attn.norm", x), inner);
        var all = media.SelectMany(m => m).ToArray();
        var kv = all.Length > 0 ? _weights.Linear($"{name}.attn.to_kv", all, 2 * inner) : [];
        var clip = ids.Select((_, i) => ids[..(i + 1)].Count(id => id == Media)).ToArray();
        var attended = Plain.Attention(q, Plain.Columns(kv, 0, inner), Plain.Columns(kv, inner, inner), CrossHeads, CrossHeads, (i, j) => clip[i] == j / Latents + 1);
        x = Plain.Add(x, _weights.Linear($"{name}.attn.to_out", attended, Dim), Gate("attn_gate"));
        return Plain.Add(x, FeedForward($"{name}.ff", x), Gate("ff_gate"));
    }

    private long[] Greedy(long[] prompt, double[][][] media, int count)
    {
        var ids = prompt.ToList();
        while (ids.Count < prompt.Length + count)
        {
            var last = Language([.. ids], media).Logits[^1];
            ids.Add(Array.IndexOf(last, last.Max()));
        }
        return [.. ids[prompt.Length..]];
    }

    private Nd Picture() => Nd.Make([3, Side, Side], _ => (float)(2 * KernelCheck.Uniform(_random)));
}
