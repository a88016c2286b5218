using System.Text.Json;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Cli.Tests;

public class CommandTests
{
    private static readonly SourceText Source = new("m.mllm", "model M() {}\n");
    private static readonly Diagnostic Error = new("MLLM5001", Severity.Error, "it is wrong", new Label(new Span(Source, 6, 7), "here"));
    private static readonly Diagnostic Warning = Error with { Severity = Severity.Warning, Message = "it is odd" };

    private static readonly ModelSummary Summary = new("M", "A model.", "tiny", ["tiny", "7B"],
        [new("encoder", "vision", "clip_vit", 1234567), new("decoder", "llm", "llama", 890)], ["4 tokens for each image"]);

    private static readonly GenerationReport Report = new(new RunSetup(Summary, "cpu", "f32", "random numbers", ["picture cat.png", "prompt \"hi\""]), "a cat sat", [7, 8, 9],
        "the limit of 3 tokens", 0.5, 0.25, 10, 0.5, 3, 1.5);

    [Theory]
    [InlineData(false, false, 0, "m.mllm: ok\n")]
    [InlineData(true, false, 1, "m.mllm: 1 error\n")]
    [InlineData(false, true, 0, "m.mllm: 1 warning\n")]
    [InlineData(true, true, 1, "m.mllm: 1 error, 1 warning\n")]
    public void CheckGivesItsFindingsOnStandardOutput(bool hasError, bool hasWarning, int code, string summary)
    {
        Diagnostic[] findings = [.. hasError ? [Error] : Array.Empty<Diagnostic>(), .. hasWarning ? [Warning] : Array.Empty<Diagnostic>()];
        var call = Call.With(new FakeCompiler { Findings = [.. findings] }, null, "", "check", "m.mllm");
        Assert.Equal((code, ""), (call.Code, call.Error));
        Assert.EndsWith(summary, call.Out);
        Assert.Equal(Renderer.Render(findings, RenderOptions.Plain) + (findings.Length > 0 ? "\n" : "") + summary, call.Out);
    }

    [Fact]
    public void CheckAsJsonIsOneDocument()
    {
        var call = Call.With(new FakeCompiler { Findings = [Error] }, null, "", "check", "m.mllm", "--json");
        Assert.Equal(1, call.Code);
        Assert.Equal(JsonRenderer.Render([Error]), call.Out);
    }

    [Fact]
    public void CheckTakesFoldersAndCountsAFindingOfTwoFilesOnce()
    {
        var folder = Path.GetDirectoryName(Files.Written("model A() {}", "a.mllm"))!;
        File.WriteAllText(Path.Combine(folder, "b.mllm"), "model B() {}");
        var call = Call.With(new FakeCompiler { Findings = [Error] }, null, "", "check", folder);
        Assert.EndsWith("2 files: 1 error\n", call.Out);
        Assert.Equal(2, Call.Of("check", Directory.CreateTempSubdirectory("mllmc-test-").FullName).Code);
    }

    [Fact]
    public void AFileAloneIsCheckedAndSummarised()
    {
        var call = Call.With(new FakeCompiler { Summary = Summary }, null, "", "m.mllm");
        Assert.Equal(
            """
            M, variant tiny (m.mllm)
              A model.
              encoder  vision  clip_vit  1,234,567 parameters
              decoder  llm     llama           890 parameters
                               total     1,235,457 parameters
              4 tokens for each image
              variants: tiny, 7B

            """.ReplaceLineEndings("\n"),
            call.Out);
        Assert.Equal(0, call.Code);
    }

    [Theory]
    [InlineData("show")]
    [InlineData("plan")]
    [InlineData("graph")]
    public void ACommandThatNeedsAValidFileShowsItsErrorsOnStandardError(string command)
    {
        var call = Call.With(new FakeCompiler { Findings = [Error] }, null, "", command, "m.mllm");
        Assert.Equal((1, ""), (call.Code, call.Out));
        Assert.Equal(Renderer.Render([Error], RenderOptions.Plain) + "\n1 error\n", call.Error);
    }

    [Fact]
    public void WithJsonTheErrorsAreTheDocument()
    {
        var call = Call.With(new FakeCompiler { Findings = [Error] }, null, "", "plan", "m.mllm", "--json");
        Assert.Equal((1, JsonRenderer.Render([Error]), ""), (call.Code, call.Out, call.Error));
    }

    [Fact]
    public void PlanPassesItsQuestionOn()
    {
        PlanRequest? asked = null;
        var compiler = new FakeCompiler { Planner = r => { asked = r; return new Plan(); } };
        Assert.Equal("text\n", Call.With(compiler, null, "", "plan", "m.mllm", "--variant", "7B", "--set", "dim=4", "--set", "s=\"a=b\"", "--stage", "pre", "--text=5", "--images", "2").Out);
        Assert.Equal(("m.mllm", "7B", "pre", 5L, 2L), (asked!.Model.Path, asked.Model.Variant, asked.Stage, asked.Text, asked.Images));
        Assert.Equal([new Setting("dim", "4"), new Setting("s", "\"a=b\"")], asked.Model.Settings.AsEnumerable());
        Assert.Equal("json\n", Call.With(compiler, null, "", "plan", "m.mllm", "--json").Out);
    }

    [Theory]
    [InlineData("m.mllm --run")]
    [InlineData("run m.mllm")]
    [InlineData("--run m.mllm")]
    public void RunSaysWhatStreamsAndReports(string line)
    {
        var runtime = new FakeRuntime { Report = Report };
        var call = Call.With(null, runtime, "", line.Split(' '));
        Assert.Equal(0, call.Code);
        Assert.Equal(
            """
            M, variant tiny (m.mllm)
              A model.
              encoder  vision  clip_vit  1,234,567 parameters
              decoder  llm     llama           890 parameters
                               total     1,235,457 parameters
              4 tokens for each image
              on cpu in f32, weights: random numbers
              picture cat.png
              prompt "hi"

            a cat sat 

            images  0.250 s
            prefill 10 tokens in 0.500 s (20.0 tokens/s)
            decode  3 tokens in 1.500 s (2.0 tokens/s)
            stopped: the limit of 3 tokens

            """.ReplaceLineEndings("\n"),
            call.Out);
        Assert.Equal("m.mllm", runtime.Asked!.Model.Path);
    }

    [Fact]
    public void RunPassesItsOptionsOn()
    {
        var runtime = new FakeRuntime { Report = Report };
        Call.With(null, runtime, "", "m.mllm", "--run", "--image", "a.png", "--image=b.jpg", "--prompt", "Hi there", "--weights", "w", "--weights=x", "--device", "cuda:1", "--dtype", "bf16",
            "--max-tokens", "9", "--temperature", "0.5", "--top-p", "0.9", "--seed", "7");
        var asked = runtime.Asked!;
        Assert.Equal(["a.png", "b.jpg"], asked.Images.AsEnumerable());
        Assert.Equal(["w", "x"], asked.Weights.AsEnumerable());
        Call.With(null, runtime, "", "m.mllm", "--run", "--beams", "4");
        Assert.Equal((null, 4), (asked.Beams, runtime.Asked!.Beams));
        Assert.Equal(("Hi there", "cuda:1", "bf16", 9, 0.5, 0.9, 7L),
            (Assert.Single(asked.Prompts), asked.Device, asked.Dtype, asked.MaxTokens, asked.Temperature, asked.TopP, asked.Seed));
    }

    [Fact]
    public void RunAsJsonIsOneDocument()
    {
        var call = Call.With(null, new FakeRuntime { Report = Report }, "", "run", "m.mllm", "--json");
        using var document = JsonDocument.Parse(call.Out);
        var root = document.RootElement;
        Assert.Equal("a cat sat", root.GetProperty("text").GetString());
        Assert.Equal([7, 8, 9], root.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32()));
        Assert.Equal((1235457, 10, 1.5), (root.GetProperty("parameters").GetInt64(), root.GetProperty("prefill_tokens").GetInt32(), root.GetProperty("decode_seconds").GetDouble()));
    }

    [Fact]
    public void QuietIsTheTextAlone() => Assert.Equal("a cat sat \n", Call.With(null, new FakeRuntime { Report = Report }, "", "run", "m.mllm", "--quiet").Out);

    [Fact]
    public void VerifyPrintsATable()
    {
        var report = new VerifyReport("llava, settings from config.json",
            [new("logits", 2.5e-6, 1.75e-5, true), new("bridge.output", 0.5, 1e-5, false), new("ids", null, null, false, "another shape"), new("loss", null, null, true, "not produced")]);
        var call = Call.With(null, new FakeRuntime { Verified = report }, "", "verify", "--golden", Files.Root);
        Assert.Equal(1, call.Code);
        Assert.Equal(
            """
            llava, settings from config.json
              tensor         max abs difference  tolerance  verdict
              logits                   2.50e-06   1.75e-05  ok
              bridge.output            5.00e-01   1.00e-05  MISS
              ids                             -          -  MISS     another shape
              loss                            -          -  -        not produced
            2 of 3 miss, 1 not produced

            """.ReplaceLineEndings("\n"),
            call.Out);
    }

    [Theory]
    [InlineData(true, 0, "all 1 agree\n")]
    [InlineData(false, 1, "nothing could be compared, 1 not produced\n")]
    public void VerifyPassesOnlyWhenSomethingWasCompared(bool isProduced, int code, string verdict)
    {
        var runtime = new FakeRuntime { Verified = new VerifyReport("m", [new("logits", isProduced ? 0 : null, isProduced ? 1 : null, true)]) };
        var call = Call.With(null, runtime, "", "verify", "m.mllm", "--golden", Files.Root);
        Assert.Equal(code, call.Code);
        Assert.EndsWith(verdict, call.Out);
        Assert.Equal("m.mllm", runtime.AskedToVerify!.Model!.Path);
        using var document = JsonDocument.Parse(Call.With(null, runtime, "", "verify", "--golden", Files.Root, "--json").Out);
        Assert.Equal(isProduced, document.RootElement.GetProperty("passes").GetBoolean());
    }

    [Fact]
    public void VerifyRefusesAFolderThatIsNotThere() => Assert.Equal(2, Call.Of("verify", "--golden", "nowhere").Code);

    [Fact]
    public void ExplainListsAllTopics()
    {
        var all = Call.Of("explain").Out;
        Assert.All(Explain.Topics, t => Assert.Contains($"\n  {t} ", all));
        Assert.Equal(Explain.Page("linear", RenderOptions.Plain), Call.Of("explain", "linear").Out);
    }

    [Fact]
    public void TokenizeReadsATextOrLines()
    {
        Assert.Equal("104 105\n", Call.Of("tokenize", "--tokenizer", "bytes", "hi").Out);
        Assert.Equal("104\n\n105\n", Call.With(null, null, "h\n\ni", "tokenize", "--tokenizer", "bytes").Out);
        Assert.Equal("{\"text\":\"é\",\"ids\":[195,169],\"decoded\":\"é\"}\n", Call.Of("tokenize", "--tokenizer", "bytes", "é", "--json").Out);
        Assert.Equal(2, Call.Of("tokenize", "--tokenizer", "nowhere", "hi").Code);
    }

    [Fact]
    public void TokenizerLearnsFromFiles()
    {
        var texts = Files.Written("{\"caption\":\"ab ab abc abc cab\"}", "texts.jsonl");
        var path = Path.Combine(Path.GetDirectoryName(texts)!, "tokenizer.json");
        Assert.Equal($"{path}: 259 tokens, 3 merges, from 1 text\n", Call.Of("tokenizer", texts, "--size", "259", "--out", path).Out);
        Assert.Equal("256 258\n", Call.Of("tokenize", "--tokenizer", path, "ab abc").Out);
        Assert.Contains("these texts give 259 tokens, not 300", Call.Of("tokenizer", texts, "--size", "300", "--out", path).Error);
        Assert.Contains("at least 256, not `255`", Call.Of("tokenizer", texts, "--size", "255", "--out", path).Error);
        Assert.Equal(2, Call.Of("tokenizer", texts, "--size", "256", "--out", Path.Combine(path, "below")).Code);
        Assert.Equal(2, Call.Of("tokenizer", "nowhere.jsonl", "--size", "256", "--out", path).Code);
    }

    [Fact]
    public void WeightsListsTensorsAndShowsABrokenFile()
    {
        var broken = Files.Written("not weights", "w.safetensors");
        var call = Call.Of("weights", "--from", broken);
        Assert.Equal((1, ""), (call.Code, call.Out));
        Assert.Matches(@"^error\[MLLM60\d\d\]: ", call.Error);
        Assert.Contains($"--> {broken}\n", call.Error);
        using var document = JsonDocument.Parse(Call.Of("weights", "--from", broken, "--json").Out);
        Assert.Equal(1, document.RootElement.GetProperty("errors").GetInt32());
    }

    [Fact]
    public void PreprocessedPixelsCanBeListed()
    {
        var pixels = Path.Combine(Path.GetDirectoryName(Files.Written(""))!, "pixels.safetensors");
        var picture = Path.Combine(Files.Root, "architectures/pictures/chelsea.png");
        Assert.Equal((0, $"{pixels}: pixel_values [3, 16, 16]\n"), (Call.Of("preprocess", Files.Smallest, "--image", picture, "--out", pixels) is var c ? (c.Code, c.Out) : default));
        Assert.Equal("pixel_values  F32  [3, 16, 16]\n1 tensor, 768 elements, 3,072 bytes, 1 file\n", Call.Of("weights", "--from", pixels).Out);
        Assert.Equal(2, Call.Of("preprocess", Files.Smallest, "--image", Files.Smallest, "--out", pixels).Code);
    }

    [Fact]
    public void WeightsTakesSeveralCheckpoints()
    {
        var folder = Path.Combine(Files.Root, "tests/checkpoints/torch");
        string[] words = ["weights", "--from", Path.Combine(folder, "trained-legacy.pth"), "--from", Path.Combine(folder, "everything.pt")];
        var call = Call.Of(words);
        Assert.Equal((0, ""), (call.Code, call.Error));
        Assert.StartsWith("module.lm.weight  F32  [2, 3]\nbeside the tensors: optimizer (a dict of 2), epoch (an integer)", call.Out);
        Assert.EndsWith("21 tensors, 190 elements, 710 bytes, 1 file\n", call.Out);

        using var document = JsonDocument.Parse(Call.Of([.. words, "--json"]).Out);
        Assert.Equal([1, 21], document.RootElement.GetProperty("checkpoints").EnumerateArray().Select(c => c.GetProperty("tensors").GetArrayLength()));
    }

    [Fact]
    public void VerifyPassesCheckpointsOn()
    {
        var runtime = new FakeRuntime { Verified = new VerifyReport("m", []) };
        Call.With(null, runtime, "", "verify", "--golden", Files.Root, "--from", "a", "--from=b");
        Assert.Equal(["a", "b"], runtime.AskedToVerify!.From.AsEnumerable());
    }

    [Fact]
    public void ABugIsACodeAndASentenceWithoutATrace()
    {
        var call = Call.With(new FakeCompiler { Bug = new AggregateException(new InvalidOperationException("two of one.")) }, null, "", "check", "m.mllm");
        Assert.Equal((70, ""), (call.Code, call.Out));
        Assert.StartsWith("error[MLLM9000]: internal error: two of one\n", call.Error);
        Assert.DoesNotContain("   at ", call.Error);
    }

    [Fact]
    public void AFullDiskIsNoBug()
    {
        var call = Call.With(new FakeCompiler { Bug = new IOException("No space left on device.") }, null, "", "check", "m.mllm");
        Assert.Equal((2, "error: No space left on device\n"), (call.Code, call.Error));
    }

    private sealed class Plan : IPlan
    {
        public string ToText(RenderOptions options) => "text\n";

        public string ToJson() => "json\n";
    }
}
