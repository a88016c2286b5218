using System.Text.Json;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Import;
using Mllm.Compiler.Ir.Printing;
using Mllm.Compiler.Std;
using Mllm.Compiler.Text;
using Xunit;
using Xunit.Abstractions;

namespace Mllm.Compiler.Tests.Import;

/// <summary>
/// Each <c>tests/configs/NAME.json</c> becomes exactly <c>NAME.mllm</c> beside it, with the warnings in <c>NAME.warnings</c> or none; each one in <c>mistakes</c>
/// gives the findings in <c>NAME.expected</c>. <c>MLLM_UPDATE=1 dotnet test</c> rewrites them.
/// </summary>
public class ImportTests(ITestOutputHelper output)
{
    private const string Folder = "tests/configs", Mistakes = "tests/configs/mistakes/", None = "none";

    /// <summary>References that must be among those that a shipped model reads.</summary>
    private static readonly string[] Required =
    [
        "blip2_opt", "blip2_stage1", "blip2_t5", "blip_caption", "blip_retrieval", "blip_vqa", "block_clip_vision", "block_gpt2", "block_gpt_neox", "block_llama", "block_opt", "block_t5",
        "flamingo_frames", "flamingo_llama", "flamingo_neox", "flamingo_opt", "idefics", "llava", "llava_v1_linear", "minigpt4", "minigpt4_hf", "mplug_owl",
    ];

    private static string Golden { get; } = Environment.GetEnvironmentVariable("MLLM_GOLDEN") ?? Path.Combine(Repository.Root, "../shared/golden");

    private static IEnumerable<string> All => Repository.Files(Folder, "*.json");

    public static TheoryData<string> Configs => [.. All.Where(f => !f.StartsWith(Mistakes, StringComparison.Ordinal))];

    public static TheoryData<string> Wrong => [.. All.Where(f => f.StartsWith(Mistakes, StringComparison.Ordinal))];

    public static TheoryData<string> References => Directory.Exists(Golden)
        ? [.. Directory.EnumerateDirectories(Golden).Where(d => File.Exists(Path.Combine(d, "config.json"))).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]
        : [None];

    [Theory]
    [MemberData(nameof(Configs))]
    public void A_configuration_becomes_its_file(string path)
    {
        var stage = ModelImport.Run(new SourceText(path, Repository.Read(path)));
        var rendering = Renderer.Render(stage.Diagnostics, RenderOptions.Plain);
        Assert.True(stage.Value is not null, rendering);
        Compare(Path.ChangeExtension(path, ".mllm"), stage.Value);
        Compare(Path.ChangeExtension(path, ".warnings"), rendering);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_mistake_is_a_finding_and_no_file(string path)
    {
        var stage = ModelImport.Run(new SourceText(path, Repository.Read(path)));
        Assert.Null(stage.Value);
        Assert.True(stage.HasErrors);
        Compare(Path.ChangeExtension(path, ".expected"), Renderer.Render(stage.Diagnostics, RenderOptions.Plain));
    }

    /// <summary>The file computes what the shipped model computes when it reads the configuration itself.</summary>
    [Theory]
    [MemberData(nameof(Configs))]
    public void The_file_is_the_shipped_model_with_the_configuration(string path) => IsTheSame(Repository.Read(path));

    [Theory]
    [MemberData(nameof(References))]
    public void The_references_import(string folder)
    {
        if (folder == None)
        {
            output.WriteLine($"SKIPPED: no {Golden}");
            return;
        }
        var text = File.ReadAllText(Path.Combine(Golden, folder, "config.json"));
        var stage = ModelImport.Run(new SourceText("config.json", text));
        if (!Required.Contains(folder) && stage.Diagnostics is [{ Code: "MLLM8002" or "MLLM8003" or "MLLM3009" }])
        {
            output.WriteLine($"SKIPPED: no shipped model reads {folder}");
            return;
        }
        Assert.True(stage.Value is not null && (stage.Diagnostics.IsEmpty || !Required.Contains(folder)), Renderer.Render(stage.Diagnostics, RenderOptions.Plain));
        IsTheSame(text);
    }

    [Fact]
    public void A_new_name_takes_the_place_of_the_shipped_one()
    {
        var text = ModelImport.Run(new SourceText("config.json", """{ "model_type": "opt", "hidden_size": 96, "num_attention_heads": 6 }"""), "Mine").Value!;
        Assert.Contains("model Mine(", text);
        Assert.Contains("variant imported = Mine(dim: 96,", text);
        Assert.DoesNotContain("OPT(dim", text);
    }

    /// <summary>The head names what others know; a path or a line of its own never gets into the file.</summary>
    [Theory]
    [InlineData("facebook/opt-2.7b", "\"opt\", facebook/opt-2.7b.")]
    [InlineData("/home/somebody/models/opt", "\"opt\".")]
    [InlineData("./opt", "\"opt\".")]
    [InlineData("C:\\\\models\\\\opt", "\"opt\".")]
    [InlineData("a\\nmodel Evil() { }", "\"opt\".")]
    [InlineData("opt\\n", "\"opt\".")]
    public void The_head_says_what_the_file_is_from(string name, string expected)
    {
        var text = ModelImport.Run(new SourceText("config.json", $$"""{ "model_type": "opt", "_name_or_path": "{{name}}" }""")).Value!;
        Assert.EndsWith(expected, text.Split('\n')[0]);
    }

    [Fact]
    public void A_name_that_is_taken_is_a_finding_in_the_new_file()
    {
        var stage = ModelImport.Run(new SourceText("config.json", """{ "model_type": "opt" }"""), "opt", "mine.mllm");
        Assert.Null(stage.Value);
        Assert.Contains(stage.Diagnostics, d => d.Code == "MLLM2004" && d.Primary.Span.Source.Path == "mine.mllm");
    }

    /// <summary>However a configuration is cut or its values changed: findings, and a file only without errors.</summary>
    [Fact]
    public void Broken_configurations_never_throw()
    {
        const string whole = """{ "model_type": "llama", "hidden_size": 96, "num_attention_heads": 6, "rms_norm_eps": 1e-5, "hidden_act": "silu", "x": "\u00e9", "rope_scaling": { "a": [1, 2] } }""";
        var broken = Enumerable.Range(0, whole.Length).Where(i => i % 3 == 0).Select(i => whole[..i]).ToList();
        string[] values = ["null", "true", "-1", "0", "1.5", "1e999", "123456789012345678901234567890", "\"\"", "\"\\ud800\"", "[]", "[[{}]]", "{}", "NaN", "'a'", "9223372036854775807"];
        string[] given = ["\"llama\"", "96", " 6", "1e-5", "\"silu\""];
        broken.AddRange(from old in given from value in values select whole.Replace(old, value));
        broken.AddRange(["[]", "3", "\"model_type\"", "", "\uFEFF{}", "{\"model_type\": [1]}", new string('[', 300), "{\"\": 1, \".\": {\"\": 2}}"]);
        foreach (var text in broken)
        {
            var stage = ModelImport.Run(new SourceText("config.json", text));
            Assert.True(stage.HasErrors == stage.Value is null, text);
            Renderer.Render(stage.Diagnostics, RenderOptions.Plain);
        }
    }

    [Fact]
    public void Every_expectation_has_its_configuration() => Assert.All(
        Repository.Files(Folder, "*.*").Where(f => !f.EndsWith(".json", StringComparison.Ordinal)),
        f => Assert.True(Repository.Exists(Path.ChangeExtension(f, ".json")), $"{f} has no configuration"));

    private static void IsTheSame(string config)
    {
        var imported = ModelImport.Run(new SourceText("config.json", config)).Value!;
        var mine = Compilation.Load(new SourceText("imported.mllm", imported), _ => null).Compile(new CompileRequest()).Value!;
        using var json = JsonDocument.Parse(config);
        var shipped = ShippedModels.Paths.Select(p => ShippedModels.Load(p)!).First(s => s.Model!.Name.Text == mine.Name);
        var theirs = shipped.Compile(new CompileRequest(Config: json.RootElement)).Value!;
        Assert.Equal(string.Join(", ", theirs.Settings), string.Join(", ", mine.Settings));
        Assert.Equal(GraphPrinter.ToText(theirs.Graph), GraphPrinter.ToText(mine.Graph));
    }

    /// <summary>An empty expectation is no file.</summary>
    private static void Compare(string path, string actual)
    {
        if (Repository.IsUpdating && actual.Length == 0 && Repository.Exists(path))
            Repository.Delete(path);
        if (Repository.IsUpdating && actual.Length > 0)
            Repository.Write(path, actual);
        Assert.Equal(Repository.Exists(path) ? Repository.Read(path) : "", actual);
    }
}
