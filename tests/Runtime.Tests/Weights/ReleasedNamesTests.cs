using Mllm.Runtime.Engine;
using Mllm.Runtime.Tests.Models;
using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>
/// The names that released checkpoints have, written down from what their own code saves, against the tiny models: everything is found, and nothing is left over but what the
/// maps name. Shapes are those of the tiny settings; only headers are read.
/// </summary>
public class ReleasedNamesTests
{
    /// <summary>BLIP's pre-training checkpoint (<c>model</c> of the released files): encoder, text encoder, text decoder, heads, momentum twins and queues.</summary>
    [Fact]
    public void Blip_pretrained() => Fits(Settings.Small("architectures/blip.mllm|tiny"),
    [[
        .. Vit("visual_encoder", 64, 4, 256, 65, 8, hasNorm: true, fusedBias: true), .. Vit("visual_encoder_m", 64, 4, 256, 65, 8, hasNorm: true, fusedBias: true),
        .. Bert("text_encoder", 64, 4, 256, 64, 324, 64), .. Bert("text_encoder_m", 64, 4, 256, 64, 324, 64),
        .. Bert("text_decoder.bert", 64, 4, 256, 64, 324, 64), .. Head("text_decoder", 64, 324),
        .. Linear("vision_proj", 32, 64), .. Linear("text_proj", 32, 64), .. Linear("vision_proj_m", 32, 64), .. Linear("text_proj_m", 32, 64), .. Linear("itm_head", 2, 64),
        "temp F32", "image_queue F32 32x64", "text_queue F32 32x64", "queue_ptr I64 1",
    ]]);

    [Fact]
    public void Blip_for_captions() => Fits(Settings.Small("architectures/blip.mllm|tiny") + "|purpose=\"caption\"",
        [[.. Vit("visual_encoder", 64, 4, 256, 65, 8, hasNorm: true, fusedBias: true), .. Bert("text_decoder.bert", 64, 4, 256, 64, 324, 64), .. Head("text_decoder", 64, 324)]]);

    [Fact]
    public void Blip_for_questions() => Fits(Settings.Small("architectures/blip.mllm|tiny") + "|purpose=\"answer\"",
    [[
        .. Vit("visual_encoder", 64, 4, 256, 65, 8, hasNorm: true, fusedBias: true), .. Bert("text_encoder", 64, 4, 256, 64, 324, 64),
        .. Bert("text_decoder.bert", 64, 4, 256, 64, 324, 64), .. Head("text_decoder", 64, 324),
    ]]);

    /// <summary>MiniGPT-4's file has the projection alone: the encoder is EVA's, the Q-Former BLIP-2's (with FlanT5), the language model Vicuna.</summary>
    [Fact]
    public void MiniGPT4_over_its_parts() => Fits(Settings.Small("architectures/minigpt4.mllm|tiny"),
    [
        [.. Vit("", 64, 4, 160, 65, 8, hasNorm: false, fusedBias: false)],
        [.. Llama("", 96, 4, 256, 320)],
        ["query_tokens F32 1x8x48", .. Norm("ln_vision", 64), .. QFormer("Qformer", 48, 4, 192, 64)],
        [.. Linear("llama_proj", 96, 48)],
    ]);

    private static void Fits(string setting, string[][] files)
    {
        using var folder = new TemporaryFolder();
        using var sources = CheckpointSources.Open([.. files.Select((names, i) => folder.PutTensors($"{i}.safetensors", names))]).Value!;
        var report = ModelLoader.Plan(Settings.Program(setting), sources);
        Assert.True(report.IsComplete && report.Unexpected.IsEmpty, report.ToText());
    }

    private static IEnumerable<string> Linear(string name, int to, int from) => [$"{name}.weight F32 {to}x{from}", $"{name}.bias F32 {to}"];

    private static IEnumerable<string> Norm(string name, int dim) => [$"{name}.weight F32 {dim}", $"{name}.bias F32 {dim}"];

    /// <summary>A ViT as timm and EVA name it.</summary>
    private static IEnumerable<string> Vit(string prefix, int dim, int depth, int ffn, int tokens, int patch, bool hasNorm, bool fusedBias)
    {
        var at = prefix.Length == 0 ? "" : $"{prefix}.";
        string[] start = [$"{at}cls_token F32 1x1x{dim}", $"{at}pos_embed F32 1x{tokens}x{dim}", $"{at}patch_embed.proj.weight F32 {dim}x3x{patch}x{patch}", $"{at}patch_embed.proj.bias F32 {dim}"];
        var layers = Enumerable.Range(0, depth).Select(i => $"{at}blocks.{i}").SelectMany(b => (string[])
        [
            .. Norm($"{b}.norm1", dim), .. Norm($"{b}.norm2", dim), .. Linear($"{b}.attn.proj", dim, dim), .. Linear($"{b}.mlp.fc1", ffn, dim), .. Linear($"{b}.mlp.fc2", dim, ffn),
            $"{b}.attn.qkv.weight F32 {3 * dim}x{dim}", .. fusedBias ? [$"{b}.attn.qkv.bias F32 {3 * dim}"] : (string[])[$"{b}.attn.q_bias F32 {dim}", $"{b}.attn.v_bias F32 {dim}"],
        ]);
        return [.. start, .. layers, .. hasNorm ? Norm($"{at}norm", dim) : []];
    }

    private static IEnumerable<string> Attention(string name, int dim, int from) =>
    [
        .. Linear($"{name}.self.query", dim, dim), .. Linear($"{name}.self.key", dim, from), .. Linear($"{name}.self.value", dim, from),
        .. Linear($"{name}.output.dense", dim, dim), .. Norm($"{name}.output.LayerNorm", dim),
    ];

    /// <summary>A BERT that looks at media in every layer.</summary>
    private static IEnumerable<string> Bert(string at, int dim, int depth, int ffn, int media, int vocab, int context) =>
    [
        $"{at}.embeddings.position_ids I64 1x{context}", $"{at}.embeddings.word_embeddings.weight F32 {vocab}x{dim}", $"{at}.embeddings.position_embeddings.weight F32 {context}x{dim}",
        .. Norm($"{at}.embeddings.LayerNorm", dim),
        .. Enumerable.Range(0, depth).Select(i => $"{at}.encoder.layer.{i}").SelectMany(l => (string[])
        [
            .. Attention($"{l}.attention", dim, dim), .. Attention($"{l}.crossattention", dim, media), .. Linear($"{l}.intermediate.dense", ffn, dim),
            .. Linear($"{l}.output.dense", dim, ffn), .. Norm($"{l}.output.LayerNorm", dim),
        ]),
    ];

    private static IEnumerable<string> Head(string at, int dim, int vocab) =>
    [
        $"{at}.cls.predictions.bias F32 {vocab}", .. Linear($"{at}.cls.predictions.transform.dense", dim, dim), .. Norm($"{at}.cls.predictions.transform.LayerNorm", dim),
        .. Linear($"{at}.cls.predictions.decoder", vocab, dim),
    ];

    /// <summary>The side of a Q-Former that a language model sees.</summary>
    private static IEnumerable<string> QFormer(string at, int dim, int depth, int ffn, int media) =>
    [
        .. Norm($"{at}.bert.embeddings.LayerNorm", dim),
        .. Enumerable.Range(0, depth).Select(i => (Index: i, Layer: $"{at}.bert.encoder.layer.{i}")).SelectMany(l => (string[])
        [
            .. Attention($"{l.Layer}.attention", dim, dim), .. l.Index % 2 == 0 ? Attention($"{l.Layer}.crossattention", dim, media) : [],
            .. Linear($"{l.Layer}.intermediate_query.dense", ffn, dim), .. Linear($"{l.Layer}.output_query.dense", dim, ffn), .. Norm($"{l.Layer}.output_query.LayerNorm", dim),
        ]),
    ];

    private static IEnumerable<string> Llama(string at, int dim, int depth, int ffn, int vocab) =>
    [
        $"{at}model.embed_tokens.weight F32 {vocab}x{dim}", $"{at}model.norm.weight F32 {dim}", $"{at}lm_head.weight F32 {vocab}x{dim}",
        .. Enumerable.Range(0, depth).Select(i => $"{at}model.layers.{i}").SelectMany(l => (string[])
        [
            .. ((string[])["q_proj", "k_proj", "v_proj", "o_proj"]).Select(p => $"{l}.self_attn.{p}.weight F32 {dim}x{dim}"), $"{l}.mlp.gate_proj.weight F32 {ffn}x{dim}",
            $"{l}.mlp.up_proj.weight F32 {ffn}x{dim}", $"{l}.mlp.down_proj.weight F32 {dim}x{ffn}", $"{l}.input_layernorm.weight F32 {dim}", $"{l}.post_attention_layernorm.weight F32 {dim}",
        ]),
    ];
}
