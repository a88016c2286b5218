using Mllm.Compiler.Ir;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Kernels;
using Mllm.Runtime.Tests.Verification.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>A language model that asks where visual tokens stand, against its layers written out: which weights compute which position, and which positions it has.</summary>
public class VisualExpertTests
{
    private const int Heads = 6, Dim = 96, Depth = 3, Patches = 16;
    private const double Eps = 1e-5, Theta = 10000;

    private static readonly long[] Ids = [2, 9, Prompt.Marker, 14, Prompt.Marker, 6, 31];

    static VisualExpertTests()
    {
        TorchLibrary.Load();
        set_num_threads(1);
    }

    [Fact]
    public void Words_and_visual_tokens_have_weights_of_their_own()
    {
        var program = Settings.Program("architectures/later/cogvlm.mllm|tiny");
        using var scope = NewDisposeScope();
        using var model = ModelLoader.Random(program, ScalarType.Float64, CPU, 3, new ExecutorOptions(GuardShapes: true));
        // Projections as wide as those of trained models: with the small ones of a fresh model all tokens would be nearly alike.
        using Scalar wide = 6;
        foreach (var parameter in program.Graph.Parameters.Where(p => p.Path.StartsWith("llm.", StringComparison.Ordinal) && p.Shape.Length == 2))
            model.Weights.Parameters.Assign(parameter.Path, model.Weights.Parameters[parameter.Path].mul(wide).detach());
        var random = new Random(5);
        var pixels = new Nd([2, 3, 64, 64], [.. Enumerable.Range(0, 2 * 3 * 64 * 64).Select(_ => KernelCheck.Uniform(random))]).ToTensor(ScalarType.Float64);
        var row = PromptLayout.Of(program, MediaTokens.Of(program, _ => Prompt.Marker), Ids);
        var context = new RunContext();
        using var media = model.Media([row], new Dictionary<string, Tensor> { ["vision"] = pixels }, context)!;
        var found = Nd.Of(model.Logits(model.Prefill(BatchLayout.Pad([row], left: true), media, context), context)).Row(0);
        var pictures = Nd.Of(media.Media[0]).Row(0);

        Nd Weight(string path) => Nd.Of(model.Weights.Parameters["llm." + path]);
        var (embedded, positions, isVisual) = Sequence(Weight("model.embed_tokens.weight"), pictures);
        var expected = Head(embedded, positions, isVisual, Weight);
        // Rotary angles are float32 by definition: those of eleven positions are off by up to 11 · 2^-24, which the layers carry on.
        Assert.True(Distance(expected, Plain.Rows(found)) <= 1e-5, $"{Distance(expected, Plain.Rows(found)):G3} of the standard deviation");
        Assert.True(Distance(expected, Head(embedded, positions, [.. isVisual.Select(_ => false)], Weight)) > 0.1, "the experts must matter");
        Assert.True(Distance(expected, Head(embedded, [.. Enumerable.Range(0, positions.Count)], isVisual, Weight)) > 1e-3, "the shared positions must matter");
    }

    /// <summary>The tokens, their positions and which of them the experts compute: a picture's first token has a position, its patches share one, its last has one and is a word.</summary>
    private static (double[][] X, List<int> Positions, List<bool> IsVisual) Sequence(Nd table, Nd pictures)
    {
        var (x, positions, isVisual) = (new List<double[]>(), new List<int>(), new List<bool>());
        var (next, picture) = (0, 0);
        void Add(double[] token, int position, bool visual)
        {
            x.Add(token);
            positions.Add(position);
            isVisual.Add(visual);
        }
        foreach (var id in Ids)
        {
            if (id != Prompt.Marker)
            {
                Add(table.Row((int)id).Data, next++, false);
                continue;
            }
            var tokens = Plain.Rows(pictures.Row(picture++));
            Assert.Equal(Patches + 2, tokens.Length);
            Add(tokens[0], next, true);
            foreach (var patch in tokens[1..^1])
                Add(patch, next + 1, true);
            Add(tokens[^1], next + 2, false);
            next += 3;
        }
        return ([.. x], positions, isVisual);
    }

    private static double[][] Head(double[][] x, IReadOnlyList<int> positions, List<bool> isVisual, Func<string, Nd> weight)
    {
        double[][] Routed(double[][] vision, double[][] language) => [.. isVisual.Select((v, i) => v ? vision[i] : language[i])];
        for (var i = 0; i < Depth; i++)
        {
            var layer = $"model.layers.{i}";
            var n = Plain.RmsNorm(x, weight($"{layer}.input_layernorm.weight"), Eps);
            double[][] Attention(string name, double[][] of) =>
                Routed(Plain.Linear(of, weight($"{layer}.self_attn.vision_expert_{name}.weight")), Plain.Linear(of, weight($"{layer}.self_attn.language_expert_{name}.weight")));
            var qkv = Attention("query_key_value", n);
            double[][] Turned(int part) => Plain.Rope(Plain.Columns(qkv, part * Dim, Dim), Dim / Heads, Theta, positions);
            x = Plain.Add(x, Attention("dense", Plain.Attention(Turned(0), Turned(1), Plain.Columns(qkv, 2 * Dim, Dim), Heads, Heads, Plain.Causal)));
            n = Plain.RmsNorm(x, weight($"{layer}.post_attention_layernorm.weight"), Eps);
            double[][] Network(string kind)
            {
                double[][] Part(string name, double[][] of) => Plain.Linear(of, weight($"{layer}.mlp.{kind}_mlp.{name}_proj.weight"));
                return Part("down", Plain.Multiply(Plain.Map(Part("gate", n), Plain.Silu), Part("up", n)));
            }
            x = Plain.Add(x, Routed(Network("vision"), Network("language")));
        }
        return Plain.Linear(Plain.RmsNorm(x, weight("model.norm.weight"), Eps), weight("lm_head.weight"));
    }

    /// <summary>The largest difference, in standard deviations of the first.</summary>
    private static double Distance(double[][] a, double[][] b)
    {
        var all = a.SelectMany(r => r).ToList();
        var mean = all.Average();
        return a.Zip(b).SelectMany(r => r.First.Zip(r.Second)).Max(l => Math.Abs(l.First - l.Second)) / Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
    }
}
