using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests;

/// <summary>What the command line asks for beside the file: a variant, single settings, a reference configuration. Mistakes in them are findings like any other.</summary>
public class RequestTests
{
    private const string Text = """
        import "std/clip.mllm"
        import "std/opt.mllm"
        import "std/projector.mllm"

        model Small(image: int = 32, dim: int = 96, heads: int = 4, scale: float = 1.0, act: activation = gelu, language: block = opt(96, depth: 2, heads: 4, vocab: 320)) {
          require heads > 0, "there must be a head"
          encoder vision    = clip_vit(image, patch: 8, dim: 64, depth: 2, heads: heads)
          bridge  projector = mlp_projector(64, dim, act)
          decoder llm       = language

          inject vision.features |> projector into llm as prefix

          variant tiny  = Small(image: 32)
          variant "big" = Small(64, heads: 8)

          config "small" {
            image: vision.size ?? 32, dim: hidden, heads: num_heads ?? 4, act: hidden_act ?? "gelu", scale: scale ?? 1.0,
            language: if kind == "opt" then opt(hidden, depth: layers ?? 2, heads: 4, vocab: 320) else opt(hidden ?? 96, depth: 2, heads: 4, vocab: 320)
          }
        }
        """;

    [Theory]
    [InlineData("image=64")]
    [InlineData("image=8 * 4", "dim=2 * 48")]
    [InlineData("scale=2")]
    [InlineData("act=silu")]
    [InlineData("act=\"gelu_new\"")]
    [InlineData("language=opt(96, depth: 1, heads: 4, vocab: 320)")]
    public void Settings_replace_parameters(params string[] settings) => Assert.Empty(Codes(new CompileRequest(null, Overrides(settings))));

    [Theory]
    [InlineData("MLLM3001", "imgae=64")]
    [InlineData("MLLM3005", "image=64.0")]
    [InlineData("MLLM3005", "image=none")]
    [InlineData("MLLM3005", "language=96")]
    [InlineData("MLLM3005", "language=opt")]
    [InlineData("MLLM2005", "image=size")]
    [InlineData("MLLM2005", "image=dim")]
    [InlineData("MLLM1001", "image=")]
    [InlineData("MLLM1001", "image=64 65")]
    [InlineData("MLLM1003", "image=64 } model Other() {")]
    [InlineData("MLLM3006", "image=33")]
    [InlineData("MLLM3009", "heads=0")]
    [InlineData("MLLM3009", "heads=-4")]
    [InlineData("MLLM3007", "image=9223372036854775807 + 1")]
    [InlineData("MLLM1008", "image=9223372036854775808")]
    [InlineData("MLLM3007", "image=9223372036854775800")]
    [InlineData("MLLM3014", "image=33554432")]
    [InlineData("MLLM3010", "language=opt(96, depth: 1000000, heads: 4, vocab: 320)")]
    [InlineData("MLLM5004", "dim=64")]
    [InlineData("MLLM4009", "image=clip_vit(32)(1)")]
    public void Wrong_settings_are_findings(string code, params string[] settings) => Assert.Equal([code], Codes(new CompileRequest(null, Overrides(settings))));

    [Fact]
    public void A_wrong_setting_is_shown_as_it_was_written()
    {
        var finding = Assert.Single(Compile(new CompileRequest(null, Overrides(["image=8 * \"4\""]))));
        Assert.Equal(("--set image", "*"), (finding.Primary.Span.Source.Path, finding.Primary.Span.Text));
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("big")]
    public void Variants_are_found_by_name(string variant) => Assert.Empty(Codes(new CompileRequest(variant)));

    [Theory]
    [InlineData("huge")]
    [InlineData("")]
    public void An_unknown_variant_is_a_finding(string variant) => Assert.Equal(["MLLM2011"], Codes(new CompileRequest(variant)));

    [Theory]
    [InlineData(null, "near", "")]
    [InlineData("plain", "describe", "")]
    [InlineData("plain", "twice", "MLLM2017: it is a task of `tiny`")]
    [InlineData(null, "naer", "MLLM2017: did you mean `near`?")]
    public void A_task_is_found_by_name(string? variant, string task, string finding)
    {
        const string path = "tests/cases/valid/tasks.mllm";
        var compilation = Compilation.Load(new SourceText(path, Repository.Read(path)), _ => null);
        var stage = compilation.Compile(new CompileRequest(variant) { Task = task });
        Assert.Equal(finding, string.Join("\n", stage.Diagnostics.Select(d => $"{d.Code}: {d.Help}")));
        Assert.Equal(finding.Length == 0, stage.Value?.Tasks.Any(t => t.Name == task) == true);
    }

    [Fact]
    public void A_task_brings_its_settings_and_what_the_file_says_about_it()
    {
        const string path = "tests/cases/valid/tasks.mllm";
        var compilation = Compilation.Load(new SourceText(path, Repository.Read(path)), _ => null);
        Assert.Equal(["describe", "ask", "near", "twice", "part", "wishes", "both"], compilation.Tasks.AsEnumerable());
        var program = compilation.Compile(new CompileRequest { Task = "twice" }).Value!;
        Assert.Contains(KeyValuePair.Create("doubled", "true"), program.Settings);
        Assert.Equal("How much a caption and the picture agree.", program.Tasks.Single(t => t.Name == "near").Doc);
        Assert.Equal(["caption", "wish"], program.TextsOf("score.both").AsEnumerable());
        Assert.Equal((true, false), (program.TakesPictures("score.both"), program.TakesPictures("head")));
    }

    [Fact]
    public void A_setting_replaces_an_argument_by_position() => Assert.Empty(Codes(new CompileRequest("big", Overrides(["image=128"]))));

    [Theory]
    [InlineData("""{ "model_type": "small", "hidden": 96 }""")]
    [InlineData("""{ "model_type": "small", "hidden": 96, "kind": "opt", "layers": 1, "vision": { "size": 64 } }""")]
    [InlineData("""{ "model_type": "other", "hidden": "not read" }""")]
    [InlineData("""[1, 2]""")]
    [InlineData("""null""")]
    public void Configurations_give_parameters(string json) => Assert.Empty(Codes(Configured(json)));

    [Theory]
    [InlineData("MLLM3005", """{ "model_type": "small", "hidden": "96" }""")]
    [InlineData("MLLM3005", """{ "model_type": "small", "hidden": 96.5 }""")]
    [InlineData("MLLM3005", """{ "model_type": "small", "hidden": 96, "vision": { "size": [32, 32] } }""")]
    [InlineData("MLLM3005", """{ "model_type": "small", "hidden": 96, "vision": { "size": { "height": 32 } } }""")]
    [InlineData("MLLM2006", """{ "model_type": "small", "hidden": 96, "vision": 32 }""")]
    [InlineData("MLLM3005", """{ "model_type": "small", "hidden": 96, "hidden_act": "swiglu" }""")]
    [InlineData("MLLM3005", """{ "model_type": "small", "hidden": 96, "num_heads": 1e300 }""")]
    [InlineData("MLLM3009", """{ "model_type": "small", "hidden": 96, "num_heads": -1 }""")]
    [InlineData("MLLM3006", """{ "model_type": "small", "hidden": 96, "vision": { "size": 33 } }""")]
    [InlineData("MLLM3005", """{ "model_type": "small" }""")]
    public void Wrong_configurations_are_findings(string code, string json) => Assert.Equal(code, Codes(Configured(json)).First());

    [Fact]
    public void A_file_without_a_model_has_nothing_to_compile()
    {
        var stage = TestCompiler.Load(new SourceText("blocks.mllm", "block b(dim: int = 4) { norm = layer_norm(dim) }")).Compile(new CompileRequest());
        Assert.Null(stage.Value);
        Assert.Equal("MLLM2010", Assert.Single(stage.Diagnostics).Code);
    }

    private static ImmutableArray<KeyValuePair<string, string>> Overrides(IEnumerable<string> settings) => [.. settings.Select(s => KeyValuePair.Create(s.Split('=', 2)[0], s.Split('=', 2)[1]))];

    private static CompileRequest Configured(string json) => new(Config: JsonDocument.Parse(json).RootElement);

    private static ImmutableArray<Diagnostic> Compile(CompileRequest request)
    {
        var stage = TestCompiler.Load(new SourceText("small.mllm", Text)).Compile(request);
        Assert.Equal(stage.Value is null, stage.HasErrors);
        return stage.Diagnostics;
    }

    private static IEnumerable<string> Codes(CompileRequest request) => Compile(request).Select(d => d.Code).Distinct();
}
