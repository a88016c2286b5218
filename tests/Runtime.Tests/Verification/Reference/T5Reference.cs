using Mllm.Runtime.Tests.Kernels;
using Mllm.Runtime.Tests.Weights;

namespace Mllm.Runtime.Tests.Verification.Reference;

/// <summary>
/// T5 of version 1.0 (Raffel et al., 2020, section 2.1) with the conventions of released checkpoints: ReLU, one matrix for both embeddings, a decoder deeper
/// than the encoder, and sequences longer than the furthest distance that has a bucket of its own.
/// </summary>
internal sealed class T5Reference
{
    private const int Dim = 24, Heads = 3, Width = 10, Ffn = 40, Depth = 2, DecoderDepth = 3, Vocab = 60, Buckets = 8, Furthest = 12;
    private const double Eps = 1e-6;

    /// <summary>As Hugging Face's T5Config writes it.</summary>
    public const string Config = """
        {
          "model_type": "t5", "d_model": 24, "num_heads": 3, "d_kv": 10, "d_ff": 40, "num_layers": 2, "num_decoder_layers": 3, "vocab_size": 60,
          "relative_attention_num_buckets": 8, "relative_attention_max_distance": 12, "feed_forward_proj": "relu", "layer_norm_epsilon": 1e-06,
          "tie_word_embeddings": true
        }
        """;

    private readonly DrawnWeights _weights = new(3);

    private Nd Table => _weights.Get("shared.weight", 0, 1, Vocab, Dim);

    /// <summary>Writes one call of two rows, whose prompts and answers differ in length.</summary>
    public void Write(TemporaryFolder folder)
    {
        var golden = new GoldenFolder();
        long[][] prompts = [[.. Enumerable.Range(0, 18).Select(i => 2 + i * 7 % 50L), 1], [5, 9, 31, 4, 1]];
        long[][] answers = [[.. Enumerable.Range(0, 15).Select(i => 3 + i * 11 % 50L), 1], [8, 40, 22, 1]];
        var (length, longest) = (prompts.Max(p => p.Length), answers.Max(a => a.Length));
        long[][] given = [.. answers.Select(a => GoldenFolder.Pad(a[..^1].Prepend(0L), longest, 0L).ToArray())];
        golden.Input("input_ids", [2, length], prompts.SelectMany(p => GoldenFolder.Pad(p, length, 0L)));
        golden.Input("attention_mask", [2, length], prompts.SelectMany(p => GoldenFolder.Pad(p.Select(_ => 1L), length, 0L)));
        golden.Input("decoder_input_ids", [2, longest], given.SelectMany(g => g));
        golden.Input("labels", [2, longest], answers.SelectMany(a => GoldenFolder.Pad(a, longest, -100L)));

        var read = prompts.Select(Encode).ToArray();
        var logits = given.Zip(read, Decode).ToArray();
        golden.Expect("encoder.last_hidden_state", read);
        golden.Expect("logits", logits);
        var losses = logits.Zip(answers).SelectMany(r => r.Second.Select((id, i) => Math.Log(r.First[i].Sum(Math.Exp)) - r.First[i][id]));
        golden.Expect("loss", [], [losses.Average()]);
        var ids = new List<long> { 0 };
        while (ids.Count <= 6)
        {
            var last = Decode([.. ids], read[0])[^1];
            ids.Add(Array.IndexOf(last, last.Max()));
        }
        golden.Expect("generate.ids", [1, 6], ids.Skip(1));
        golden.Write(folder, _weights, Config);
    }

    private double[][] Encode(long[] ids)
    {
        var x = Plain.Embed(ids, Table);
        for (var i = 0; i < Depth; i++)
        {
            var layer = $"encoder.block.{i}.layer";
            var n = _weights.RmsNorm($"{layer}.0.layer_norm", x, Eps);
            x = Plain.Add(x, Attend($"{layer}.0.SelfAttention", n, n, Plain.Everything, Bias("encoder", distance => Buckets / 2 * (distance > 0 ? 1 : 0) + Bucket(Math.Abs(distance), Buckets / 2))));
            x = Plain.Add(x, Feed($"{layer}.1", x));
        }
        return _weights.RmsNorm("encoder.final_layer_norm", x, Eps);
    }

    private double[][] Decode(long[] ids, double[][] memory)
    {
        var x = Plain.Embed(ids, Table);
        for (var i = 0; i < DecoderDepth; i++)
        {
            var layer = $"decoder.block.{i}.layer";
            var n = _weights.RmsNorm($"{layer}.0.layer_norm", x, Eps);
            x = Plain.Add(x, Attend($"{layer}.0.SelfAttention", n, n, Plain.Causal, Bias("decoder", distance => Bucket(-distance, Buckets))));
            x = Plain.Add(x, Attend($"{layer}.1.EncDecAttention", _weights.RmsNorm($"{layer}.1.layer_norm", x, Eps), memory, Plain.Everything, null));
            x = Plain.Add(x, Feed($"{layer}.2", x));
        }
        var hidden = _weights.RmsNorm("decoder.final_layer_norm", x, Eps);
        return Plain.Linear(Plain.Map(hidden, v => v / Math.Sqrt(Dim)), Table);
    }

    private double[][] Attend(string name, double[][] x, double[][] over, Func<int, int, bool> sees, Func<int, int, int, double>? bias)
    {
        // There is no scale: what the plain attention divides by stands here.
        var q = Plain.Map(Plain.Linear(x, _weights.Get($"{name}.q.weight", 0, 0.15, Heads * Width, Dim)), v => v * Math.Sqrt(Width));
        var (k, v) = (_weights.Linear($"{name}.k", over, Heads * Width), _weights.Linear($"{name}.v", over, Heads * Width));
        return _weights.Linear($"{name}.o", Plain.Attention(q, k, v, Heads, Heads, sees, bias), Dim);
    }

    private double[][] Feed(string layer, double[][] x) =>
        _weights.Linear($"{layer}.DenseReluDense.wo", Plain.Map(_weights.Linear($"{layer}.DenseReluDense.wi", _weights.RmsNorm($"{layer}.layer_norm", x, Eps), Ffn), Plain.Relu), Dim);

    /// <summary>The first layer's table, which all layers of a side use.</summary>
    /// <param name="bucket">Of a distance, key position - query position.</param>
    private Func<int, int, int, double> Bias(string side, Func<int, int> bucket)
    {
        var table = _weights.Get($"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight", 0, 1.5, Buckets, Heads);
        return (head, query, key) => table[bucket(key - query), head];
    }

    /// <summary>Half of the buckets have one distance each; the borders of the others grow by a constant factor up to the furthest.</summary>
    private static int Bucket(int distance, int buckets)
    {
        var single = buckets / 2;
        return distance < single ? distance
            : Math.Min(buckets - 1, single + (int)(Math.Log((double)distance / single) / Math.Log((double)Furthest / single) * (buckets - single)));
    }
}
