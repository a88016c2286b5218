using System.Collections.Immutable;
using Mllm.Compiler;
using Mllm.Compiler.Model;
using Mllm.Compiler.Std;
using Xunit;

namespace Mllm.Runtime.Tests.Models;

/// <summary>
/// The settings that these tests run, written as <c>FILE|VARIANT|name=value|...</c>: the tiny variants of every shipped file that has a decoder, found by
/// themselves, and combinations of library blocks that no tiny variant has.
/// </summary>
internal static class Settings
{
    private const string ClipVit = "vision=clip_vit(64, patch: 8, dim: 64, depth: 4, heads: 4)";
    private const string EvaVit = "vision=eva_vit(64, patch: 8, dim: 64, depth: 4, heads: 4, ffn: 160)", OpenClip = "vision=open_clip(64, patch: 8, dim: 64, depth: 4, heads: 4, joint: 32)";
    private const string Llama = "llm=llama(96, depth: 4, heads: 6, vocab: 320, context: 512)", Opt = "llm=opt(96, depth: 4, heads: 6, vocab: 320, context: 512)";
    private const string Grouped = "llm=llama(96, depth: 4, heads: 6, kv_heads: 2, vocab: 320, context: 512)";
    private const string Resampler = "latents=8|head_dim=16", QFormer = "qformer_dim=48";

    /// <summary>Tiny variants that are as large as training needs are run in smaller sizes: in float64, with every shape guarded, time goes with size.</summary>
    private static readonly Dictionary<string, string> Smaller = new()
    {
        ["architectures/blip.mllm|tiny"] = "patch=8|vision_dim=64|dim=64|vocab=324|joint=32|queue=64|begin=322|look=323",
        ["architectures/blip2.mllm|tiny"] = $"{EvaVit}|{Opt}|dim=48",
        ["architectures/blip2.mllm|tiny-representation"] = $"{EvaVit}|dim=48|vocab=323|joint=32|begin=322",
        ["architectures/flamingo.mllm|tiny"] = $"{OpenClip}|{Opt}|{Resampler}",
        ["architectures/hybrids/flamingo_prefix.mllm|tiny"] = $"{OpenClip}|{Opt}|{Resampler}",
        ["architectures/hybrids/llava_xattn.mllm|tiny"] = $"{ClipVit}|{Grouped}|xattn_head_dim=16",
        ["architectures/hybrids/qformer_both.mllm|tiny"] = $"{EvaVit}|{Llama}|{QFormer}|xattn_head_dim=16",
        ["architectures/llava.mllm|tiny"] = $"{ClipVit}|{Grouped}",
        ["architectures/minigpt4.mllm|tiny"] = $"{EvaVit}|{Llama}|{QFormer}",
        ["architectures/mplug_owl.mllm|tiny"] = $"vision=mplug_vit(64, patch: 8, dim: 64, depth: 4, heads: 4)|{Llama}",
    };

    private static readonly ImmutableArray<string> Combinations =
    [
        $"architectures/flamingo.mllm|tiny|{OpenClip}|{Resampler}|llm=mpt(64, depth: 4, heads: 4, vocab: 320, context: 512, qk_norm: true)",
        $"architectures/flamingo.mllm|tiny|{OpenClip}|{Resampler}|llm=gpt_neox(64, depth: 4, heads: 4, vocab: 320, context: 512)|max_frames=4",
        $"architectures/flamingo.mllm|tiny|{OpenClip}|{Resampler}|llm=llama(64, depth: 4, heads: 4, kv_heads: 2, vocab: 320, context: 512, tied: true)|xattn_every=1",
        $"architectures/llava.mllm|tiny|projection=\"linear\"|vision=clip_vit(64, patch: 8, dim: 64, depth: 4, heads: 4, keep_cls: true, tap: 0)|{Grouped}",
        $"architectures/blip2.mllm|tiny|vision=open_clip(64, patch: 8, dim: 64, depth: 3, heads: 4, joint: none)|{Opt}|dim=48",
        "architectures/blip2.mllm|tiny|vision=eva_vit(64, patch: 8, dim: 64, depth: 2, heads: 4, ffn: 96, qkv_bias: \"fused\")|llm=llama(64, depth: 2, heads: 4, vocab: 320, context: 512)|dim=48",
        "architectures/lm/opt.mllm|tiny|embed_dim=32|pre_norm=false",
    ];

    private static readonly Dictionary<string, ModelProgram> Programs = [];

    public static ImmutableArray<string> All { get; } = [.. Shipped().Concat(Combinations)];

    /// <summary>Those that take pictures.</summary>
    public static ImmutableArray<string> WithPictures { get; } = [.. All.Where(s => !Program(s).Injections.IsEmpty && !Program(s).Encoders.IsEmpty)];

    /// <summary>A tiny variant in the sizes of these tests.</summary>
    public static string Small(string setting) => Smaller.TryGetValue(setting, out var sizes) ? $"{setting}|{sizes}" : setting;

    /// <summary>A setting's program, compiled once.</summary>
    public static ModelProgram Program(string setting)
    {
        lock (Programs)
        {
            if (!Programs.TryGetValue(setting, out var program))
                Programs.Add(setting, program = Compile(setting));
            return program;
        }
    }

    private static ModelProgram Compile(string setting)
    {
        var parts = setting.Split('|');
        var overrides = parts[2..].Select(p => KeyValuePair.Create(p[..p.IndexOf('=')], p[(p.IndexOf('=') + 1)..]));
        var stage = ShippedModels.Load(parts[0])!.Compile(new CompileRequest(parts[1], [.. overrides]));
        Assert.True(stage.Diagnostics.IsEmpty, string.Join('\n', stage.Diagnostics.Select(d => d.Message)));
        return stage.Value!;
    }

    private static IEnumerable<string> Shipped() =>
        from path in ShippedModels.Paths
        from variant in ShippedModels.Load(path)!.Variants
        let name = $"{path}|{variant}"
        let setting = Small(name)
        where variant.StartsWith("tiny", StringComparison.Ordinal) && Program(setting).Decoder is not null
        select setting;
}
