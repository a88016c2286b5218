using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Mllm.Runtime.Weights;
using Xunit;
using Xunit.Abstractions;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>Real checkpoints of the reference implementations, where they are at hand: their headers, and complete maps of them.</summary>
public class GoldenCheckpointTests(ITestOutputHelper output)
{
    private const string Hf = """
        vision    -> vision_tower.vision_model
        projector -> multi_modal_projector
        llm       -> language_model
        """;

    private const string Original = """
        vision    -> model.vision_tower.vision_tower.vision_model
        projector -> model.mm_projector
        llm       ->
        """;

    private const string OpenFlamingo = """
        vision                      -> vision_encoder
        resampler                   -> perceiver
        llm                         -> lang_encoder
        llm.model.decoder.layers.*  -> lang_encoder.@.decoder_layer
        llm.model.decoder.layers.*.injected -> lang_encoder.model.decoder.layers.*.gated_cross_attn_layer
        """;

    [Fact]
    public void EveryReferenceFileOpens()
    {
        if (Golden() is not { } golden) return;
        var files = Directory.GetFiles(golden, "*.safetensors", SearchOption.AllDirectories);
        Assert.All(files, path =>
        {
            var result = SafetensorsFile.Open(path);
            Assert.True(result.Ok, string.Join('\n', result.Errors.Select(e => e.Render())));
            result.Value.Dispose();
        });
    }

    [Theory]
    [InlineData("llava", Hf, "hf", 105)]
    [InlineData("llava_v1_linear", Original, "original", 103)]
    public void AReferenceMapsCompletely(string name, string rules, string chosen, int parameters)
    {
        if (Golden() is not { } golden) return;
        using var source = CheckpointSource.Open(Path.Combine(golden, name)).Value!;
        var expected = Expected(source, rules, parameters);
        NamedMap[] maps = [Named("hf", Hf), Named("original", Original), Named("flamingo", OpenFlamingo)];
        var report = BestMap.Choose(expected, maps, source);

        Assert.True(report.IsExact, report.ToText());
        Assert.Equal(chosen, report.Map);
        Assert.Equal(parameters, report.Loaded.Length);
    }

    [Fact]
    public void WovenLayersMapToTheirWrapper()
    {
        if (Golden() is not { } golden) return;
        using var source = CheckpointSource.Open(Path.Combine(golden, "flamingo_opt")).Value!;
        var expected = Expected(source, OpenFlamingo, 142);
        Assert.Contains(expected, e => e.Path == "llm.model.decoder.layers.2.injected.ff.3.weight");
        Assert.Contains(expected, e => e.Path == "llm.model.decoder.layers.2.self_attn.q_proj.weight");
        var report = LoadPlan.FromHeaders(expected, CheckpointMap.Create(CheckpointMapTests.Rules(OpenFlamingo)).Value!, [], source);

        Assert.True(report.IsExact, report.ToText());
    }

    [Fact]
    public void AnotherReleasesPrefixesAreRecognised()
    {
        // Releases from 4.52 on nest the parts in `model` and take the head out.
        if (Golden() is not { } golden) return;
        using var folder = new TemporaryFolder();
        using var old = CheckpointSource.Open(Path.Combine(golden, "llava")).Value!;
        SafetensorsWriter.Write(folder["model.safetensors"], old.Tensors.Values.Select(t =>
            TensorData.OfBytes(Newer(t.Name), t.Entry.Dtype, t.Entry.Shape, t.File.ReadBytes(t.Entry))));
        using var source = CheckpointSource.Open(folder.Path).Value!;
        var report = LoadPlan.FromHeaders(Expected(old, Hf, 105), CheckpointMap.Create(CheckpointMapTests.Rules(Hf)).Value!, [], source);

        Assert.Equal("""
            checkpoint FOLDER: 105 tensors, 513,344 bytes, 1 file
              loaded       0 of 105 parameters
              missing      105
              wrong shape  0
              wrong dtype  0
              unexpected   105
              ignored      0

            help: 75 of 105 missing tensors match unexpected ones if `model.` is put in front of names that begin with `multi_modal_projector.`, `vision_tower.`

            help: 29 of 105 missing tensors match unexpected ones if the prefix `language_model.model.` is replaced by `model.language_model.`

            missing:
              llm.lm_head.weight  [160, 48]
                looked for language_model.lm_head.weight; the checkpoint has lm_head.weight
              besides the 104 that a renamed prefix explains

            unexpected:
              lm_head.weight  F32 [160, 48]
              besides the 104 that a renamed prefix explains
            """, folder.Anonymous(report.ToText()));
    }

    private static string Newer(string name) =>
        name == "language_model.lm_head.weight" ? "lm_head.weight"
        : name.StartsWith("language_model.model.", StringComparison.Ordinal) ? "model.language_model." + name["language_model.model.".Length..]
        : "model." + name;

    // The model's paths, as its own file will name them, from the checkpoint's names: the map, backwards, by plain text.
    private static ImmutableArray<ExpectedTensor> Expected(CheckpointSource source, string rules, int count)
    {
        var back = CheckpointMapTests.Rules(rules).Where(r => !r.From.Contains('*')).OrderByDescending(r => r.To.Length).ToList();
        var expected = source.Tensors.Values.Select(t =>
        {
            var rule = back.First(r => r.To.Length == 0 || t.Name.StartsWith(r.To + ".", StringComparison.Ordinal));
            var path = rule.From + "." + (rule.To.Length == 0 ? t.Name : t.Name[(rule.To.Length + 1)..]);
            return new ExpectedTensor(path.Replace(".decoder_layer", "").Replace("gated_cross_attn_layer", "injected"), t.Entry.Shape);
        }).ToImmutableArray();
        Assert.Equal(count, expected.Length);
        return expected;
    }

    private static NamedMap Named(string name, string rules) => new(name, CheckpointMap.Create(CheckpointMapTests.Rules(rules)).Value!, []);

    private string? Golden([CallerFilePath] string here = "")
    {
        var root = new DirectoryInfo(here).Parent!.Parent!.Parent!.Parent!;
        var folder = Environment.GetEnvironmentVariable("MLLM_GOLDEN") ?? Path.Combine(root.FullName, "..", "shared", "golden");
        if (Directory.Exists(folder)) return folder;
        output.WriteLine("skipped: the reference folder is not at hand; MLLM_GOLDEN can name it");
        return null;
    }
}
