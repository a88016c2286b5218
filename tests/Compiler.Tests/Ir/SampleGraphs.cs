using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Tests.Ir;

/// <summary>Small graphs of the two shapes that multimodal models have: a prefix of visual tokens, and cross-attention to them.</summary>
internal static class SampleGraphs
{
    /// <summary>A ViT whose tokens a projector widens and that stand in the text.</summary>
    public static Graph Prefix(int encoderLayers = 3, int decoderLayers = 4)
    {
        var vitLayer = Layer("vit_layer", "layer_norm", causal: false, BindingTime.Image);
        var encode = new Sketch("encode");
        var x = encode.Input("pixels", "[3, 8, 8]", BindingTime.Image);
        x = encode.Op("conv2d", "in = 3, out = 8, kernel = 4, stride = 4, bias = false", "vision.patch_embedding", "x", false, x);
        x = encode.Op("rearrange", "pattern = \"d h w -> (h w) d\"", "", "x", false, x);
        for (var i = 0; i < encoderLayers; i++)
            x = encode.Call(vitLayer, $"vision.layers.{i}", "x", 0, x)[0];
        x = encode.Op("gelu", "", "", encode.Op("linear", "in = 8, out = 16", "projector.0", x));
        var tokens = encode.Op("linear", "in = 16, out = 8", "projector.2", "tokens", false, x);

        var layer = Layer("layer", "rms_norm", causal: true, BindingTime.Text);
        Function Decoder(string name, bool splice)
        {
            var f = new Sketch(name);
            var h = f.Op("embedding", "vocab = 100, dim = 8", "llm.embed", "x", false, f.Input("ids", "ids[text]"));
            if (splice)
                h = f.Op("splice", "", "", "x", false, h, f.Input("media", "[images, 4, 8]", BindingTime.Image), f.Input("slots", "ids[text]"));
            for (var i = 0; i < decoderLayers; i++)
                h = f.Call(layer, $"llm.layers.{i}", "x", 0, h)[0];
            return f.Return(f.Op("rms_norm", "dim = 8", "llm.norm", "hidden", false, h));
        }

        var head = new Sketch("head");
        var last = head.Input("x", "[n, 8]");
        return Sketch.Graph("Prefix", [encode.Return(tokens), Decoder("prefill", true), Decoder("step", false), head.Return(head.Op("embedding.unembed", "vocab = 100, dim = 8", "llm.embed", "logits", false, last)), vitLayer, layer],
            ("encode", "encode"), ("prefill", "prefill"), ("step", "step"), ("head", "head"));
    }

    /// <summary>Gated cross-attention before every few layers; keys and values of the media are computed in image time, one pair for each.</summary>
    public static Graph Gated(int layers = 8, int every = 4)
    {
        var keysAndValues = new Sketch("gated.image");
        var tokens = keysAndValues.Input("media", "[m, 8]", BindingTime.Image);
        var keyValue = keysAndValues.Return(
            keysAndValues.Op("linear", "in = 8, out = 8, bias = false", "to_k", "k", false, tokens),
            keysAndValues.Op("linear", "in = 8, out = 8, bias = false", "to_v", "v", false, tokens));

        var text = new Sketch("gated.text");
        var x = text.Input("x", "[n, 8]");
        var (key, value, mask) = (text.Input("k", "[m, 8]", BindingTime.Image), text.Input("v", "[m, 8]", BindingTime.Image), text.Input("see", "mask[n, m]"));
        var query = text.Op("linear", "in = 8, out = 8, bias = false", "to_q", text.Op("layer_norm", "dim = 8", "norm", x));
        var gate = text.Op("tanh", "", "", text.Op("parameter", "shape = [1], init = \"zeros\"", "attn_gate"));
        var gated = text.Return(text.Op("add", "", "", x, text.Op("mul", "", "", gate, text.Op("attention", "heads = 2", "", query, key, value, mask))));

        var layer = Layer("layer", "layer_norm", causal: true, BindingTime.Text);
        var (media, prefill) = (new Sketch("prefill.image"), new Sketch("prefill.text"));
        var latents = media.Op("rearrange", "pattern = \"i t d -> (i t) d\"", "", "media", false, media.Input("latents", "[images, 2, 8]", BindingTime.Image));
        var h = prefill.Op("embedding", "vocab = 100, dim = 8", "llm.embed", "x", false, prefill.Input("ids", "ids[text]"));
        var see = prefill.Op("media_mask", "images = images, tokens = 2, rule = \"preceding_image\"", "", "see", false, prefill.Input("image_index", "ids[text]"), prefill.Input("image_count", "ids[]"));
        var kept = new List<Value>();
        for (var i = 0; i < layers; i++)
        {
            if (i % every == 0)
            {
                var pair = media.Call(keyValue, $"llm.layers.{i}.gated", "", 0, latents);
                kept.AddRange(pair);
                h = prefill.Call(gated, $"llm.layers.{i}.gated", "x", 0, h, prefill.Input("k", "[2·images, 8]", BindingTime.Image), prefill.Input("v", "[2·images, 8]", BindingTime.Image), see)[0];
            }
            h = prefill.Call(layer, $"llm.layers.{i}", "x", 0, h)[0];
        }
        return Sketch.Graph("Gated", [media.Return([.. kept]), prefill.Return(h), keyValue, gated, layer], ("media", "prefill.image"), ("prefill", "prefill.text"));
    }

    /// <summary>The whole of a Flamingo in small: encoder and resampler as blocks, images lifted, the decoder a block with woven layers.</summary>
    public static Graph Nested(int layers = 8, int every = 4)
    {
        var vitLayer = Layer("vit_layer", "layer_norm", causal: false, BindingTime.Image);
        var vit = new Sketch("clip_vit");
        var x = vit.Op("conv2d", "in = 3, out = 8, kernel = 4, stride = 4, bias = false", "embeddings.patch_embedding", "x", false, vit.Input("pixels", "[3, 8, 8]", BindingTime.Image));
        x = vit.Op("rearrange", "pattern = \"d h w -> (h w) d\"", "", "x", false, x);
        x = vit.Op("concat", "", "", "x", false, vit.Op("parameter", "shape = [1, 8]", "embeddings.class_embedding"), x);
        x = vit.Op("layer_norm", "dim = 8", "pre_layrnorm", "x", false, vit.Op("add", "", "", x, vit.Op("parameter", "shape = [5, 8]", "embeddings.position_embedding")));
        for (var i = 0; i < 6; i++)
            x = vit.Call(vitLayer, $"encoder.layers.{i}", "x", 0, x)[0];
        var clip = vit.Return(vit.Op("slice", "from = 1", "", "features", false, x));

        var resamplerLayer = new Sketch("resampler_layer");
        var (q, m) = (resamplerLayer.Input("latents", "[k, 8]", BindingTime.Image), resamplerLayer.Input("media", "[m, 8]", BindingTime.Image));
        var kv = resamplerLayer.Op("concat", "", "", m, q);
        var attended = resamplerLayer.Op("attention", "heads = 2", "", resamplerLayer.Op("linear", "in = 8, out = 8", "to_q", q), resamplerLayer.Op("linear", "in = 8, out = 8", "to_k", kv), resamplerLayer.Op("linear", "in = 8, out = 8", "to_v", kv));
        var step = resamplerLayer.Return(resamplerLayer.Op("add", "", "", "latents", false, q, attended));
        var perceiver = new Sketch("perceiver_resampler");
        var media = perceiver.Input("media", "[m, 8]", BindingTime.Image);
        var latents = perceiver.Op("parameter", "shape = [2, 8]", "latents", "latents", false);
        for (var i = 0; i < 6; i++)
            latents = perceiver.Call(step, $"layers.{i}", "latents", 0, latents, media)[0];
        var resampler = perceiver.Return(perceiver.Op("layer_norm", "dim = 8", "norm", "latents", false, latents));

        var encode = new Sketch("encode");
        var features = encode.Call(clip, "vision", "features", 0, encode.Input("pixels", "[3, 8, 8]", BindingTime.Image))[0];
        var encoded = encode.Return(encode.Call(resampler, "resampler", "media", 0, features)[0]);

        var gated = new Sketch("gated_cross_attention");
        var (h, tokens, see) = (gated.Input("x", "[n, 8]"), gated.Input("media", "[m, 8]", BindingTime.Image), gated.Input("see", "mask[n, m]"));
        var cross = gated.Return(gated.Op("add", "", "", "x", false, h, gated.Op("attention", "heads = 2", "", gated.Op("linear", "in = 8, out = 8", "to_q", h), gated.Op("linear", "in = 8, out = 8", "to_k", tokens), gated.Op("linear", "in = 8, out = 8", "to_v", tokens), see)));
        var layer = Layer("opt_layer", "layer_norm", causal: true, BindingTime.Text);
        var decoder = new Sketch("opt");
        var (y, decoderMedia, visible) = (decoder.Input("x", "[n, 8]"), decoder.Input("media", "[m, 8]", BindingTime.Image), decoder.Input("see", "mask[n, m]"));
        for (var i = 0; i < layers; i++)
        {
            if (i % every == 0)
                y = decoder.Call(cross, $"model.layers.{i}.gated", "x", 0, y, decoderMedia, visible)[0];
            y = decoder.Call(layer, $"model.layers.{i}", "x", 0, y)[0];
        }
        var opt = decoder.Return(decoder.Op("layer_norm", "dim = 8", "model.final_layer_norm", "x", false, y));

        var prefill = new Sketch("prefill");
        var embedded = prefill.Op("embedding", "vocab = 100, dim = 8", "llm.model.embed_tokens", "x", false, prefill.Input("ids", "ids[text]"));
        var images = prefill.Input("media", "[images, 2, 8]", BindingTime.Image);
        var mask = prefill.Op("media_mask", "images = images, tokens = 2, rule = \"preceding_image\"", "", "see", false, prefill.Input("image_index", "ids[text]"), prefill.Input("image_count", "ids[]"));
        var flat = prefill.Op("rearrange", "pattern = \"i t d -> (i t) d\"", "", "", false, images);
        var prefilled = prefill.Return(prefill.Call(opt, "llm", "x", 0, embedded, flat, mask)[0]);

        var head = new Sketch("head");
        var logits = head.Return(head.Op("embedding.unembed", "vocab = 100, dim = 8", "llm.model.embed_tokens", "logits", false, head.Input("x", "[n, 8]")));
        return Sketch.Graph("Nested", [encoded, prefilled, logits, clip, vitLayer, resampler, step, opt, cross, layer], ("encode", "encode"), ("prefill", "prefill"), ("head", "head"));
    }

    private static Function Layer(string name, string norm, bool causal, BindingTime time)
    {
        var f = new Sketch(name);
        var x = f.Input("x", "[n, 8]", time);
        var n = f.Op(norm, "dim = 8", "norm1", x);
        var (q, k, v) = (f.Op("linear", "in = 8, out = 8", "q_proj", "q", false, n), f.Op("linear", "in = 8, out = 8", "k_proj", "k", false, n), f.Op("linear", "in = 8, out = 8", "v_proj", "v", false, n));
        var a = f.Op("attention", $"heads = 2, causal = {(causal ? "true" : "false")}", "", "", causal, q, k, v);
        var h = f.Op("add", "", "", "h", false, x, f.Op("linear", "in = 8, out = 8", "out_proj", a));
        var up = f.Op("gelu", "", "", f.Op("linear", "in = 8, out = 32", "mlp.fc1", f.Op(norm, "dim = 8", "norm2", h)));
        return f.Return(f.Op("add", "", "", h, f.Op("linear", "in = 32, out = 8", "mlp.fc2", up)));
    }
}
