using Mllm.Runtime.Tests.Verification.Reference;
using Mllm.Runtime.Tests.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Verification;

/// <summary>
/// The shipped models against plain computations in double, from released names and configurations to greedy tokens. In double both agree to rounding; in
/// float32 within the tolerance, which a single wrong detail exceeds.
/// </summary>
public sealed class ReferenceTests : IClassFixture<ReferenceTests.Folders>
{
    private const string Llava = "architectures/llava.mllm", Flamingo = "architectures/flamingo.mllm", T5 = "architectures/lm/t5.mllm";

    private readonly Folders _folders;

    public ReferenceTests(Folders folders) => _folders = folders;

    [Theory]
    [InlineData(Llava)]
    [InlineData(Flamingo)]
    [InlineData(T5)]
    public void Agree_in_float32(string model) => Verification.Passes(model, _folders[model].Path);

    /// <param name="factor">Of the tolerance. Rotary angles are float32 whatever the element type: at position 40 off by up to 40 · 2^-24, a tenth of the tolerance.</param>
    [Theory]
    [InlineData(Llava, 0.1)]
    [InlineData(Flamingo, 1e-8)]
    [InlineData(T5, 1e-8)]
    public void Agree_in_double_to_rounding(string model, double factor) => Verification.Passes(model, _folders[model].Path, ScalarType.Float64, factor);

    [Theory]
    [InlineData(Llava, "\"quick_gelu\"", "\"gelu\"")]
    [InlineData(Llava, "\"layer_norm_eps\": 1e-05", "\"layer_norm_eps\": 1e-06")]
    [InlineData(Llava, "\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": 1e-06")]
    [InlineData(Llava, "\"rope_theta\": 10000.0", "\"rope_theta\": 10100.0")]
    [InlineData(Llava, "\"vision_feature_layer\": -2", "\"vision_feature_layer\": -1")]
    [InlineData(Llava, "\"projector_hidden_act\": \"gelu\"", "\"projector_hidden_act\": \"gelu_pytorch_tanh\"")]
    [InlineData(Flamingo, "\"activation_function\": \"relu\"", "\"activation_function\": \"gelu\"")]
    [InlineData(Flamingo, "\"heads\": 2, \"dim_head\": 6", "\"heads\": 6, \"dim_head\": 2")]
    [InlineData(Flamingo, "\"heads\": 2, \"dim_head\": 8", "\"heads\": 4, \"dim_head\": 4")]
    [InlineData(Flamingo, "\"media_token_id\": 49", "\"media_token_id\": 7")]
    [InlineData(T5, "\"feed_forward_proj\": \"relu\"", "\"feed_forward_proj\": \"gelu\"")]
    [InlineData(T5, "\"relative_attention_max_distance\": 12", "\"relative_attention_max_distance\": 11")]
    public void A_wrong_detail_is_a_miss(string model, string right, string wrong)
    {
        using var changed = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(_folders[model].Path))
            File.Copy(file, changed[Path.GetFileName(file)]);
        var config = File.ReadAllText(changed["config.json"]);
        Assert.Contains(right, config);
        changed.Put("config.json", config.Replace(right, wrong));
        Assert.Contains(Verification.Run(model, changed.Path).Compared, c => !c.Passed);
    }

    [Fact]
    public void What_a_model_cannot_give_is_said()
    {
        using var changed = new TemporaryFolder();
        foreach (var file in new[] { "config.json", "model.safetensors", "inputs.safetensors" })
            File.Copy(_folders[Llava][file], changed[file]);
        // No greedy ids are asked for here, and a tensor of another shape is no match.
        changed.PutTensors("expected.safetensors", "logits F32 1x3x60", "vision.pooled F32 1x24");
        var (compared, missing) = Verification.Run(Llava, changed.Path);
        var logits = Assert.Single(compared);
        Assert.False(logits.Passed);
        Assert.Equal("the reference is [1, 3, 60]", logits.Problem);
        Assert.Equal("vision.pooled", Assert.Single(missing));
    }

    /// <summary>The references, computed once.</summary>
    public sealed class Folders : IDisposable
    {
        private readonly TemporaryFolder _llava = new(), _flamingo = new(), _t5 = new();

        public Folders()
        {
            new LlavaReference().Write(_llava);
            new FlamingoReference().Write(_flamingo);
            new T5Reference().Write(_t5);
        }

        internal TemporaryFolder this[string model] => model == Llava ? _llava : model == T5 ? _t5 : _flamingo;

        public void Dispose()
        {
            _llava.Dispose();
            _flamingo.Dispose();
            _t5.Dispose();
        }
    }
}
