using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Planning;
using Mllm.Compiler.Tests.Ir;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Planning;

public sealed class PlanTests
{
    private static readonly PlanInputs Prefix = new("tiny", [new("vision", "encoder"), new("projector", "bridge"), new("llm", "decoder")],
        [new("vision |> projector", 4, InSequence: true)], 64,
        [new("align", ["projector.0.weight", "projector.0.bias", "projector.2.weight", "projector.2.bias"]), new("table", ["llm.embed.weight", "projector.0.bias"])]);

    [Fact]
    public void Parameters_are_counted_by_component_and_by_stage()
    {
        var plan = Plan.Of(SampleGraphs.Prefix(), Prefix);
        // A layer: two norms of 16 (8 without bias), four maps of 72, the MLP's 288 and 264.
        Assert.Equal(384 + 3 * 872 + 280 + 800 + 4 * 856 + 8, plan.Parameters.Count);
        Assert.Equal([("vision", "encoder", 384 + 3 * 872L), ("projector", "bridge", 280), ("llm", "decoder", 800 + 4 * 856 + 8)], plan.Components.Select(c => (c.Name, c.Role, c.Parameters.Count)));
        Assert.Equal("3·872 + 384", plan.Components[0].Parameters.Formula);
        Assert.Equal([("align", 280L), ("table", 816)], plan.Stages.Select(s => (s.Name, s.Trained.Count)));
        Assert.Equal([("projector", 16L), ("llm", 800)], plan.Stages[1].Components.Select(c => (c.Name, c.Parameters.Count)));
    }

    [Fact]
    public void Operations_are_polynomials_in_text_images_and_past()
    {
        var plan = Plan.Of(SampleGraphs.Prefix(), Prefix);
        // The patches: 2·48·32. A layer over 4 tokens: norms 2·7·32, maps 4·512, attention 4·4·4·8, sums 2·32, MLP 2048 + 8·128 + 2048. The projector: 1024 + 8·64 + 1024.
        Assert.Equal("30208", plan.Encode.ToString());
        Assert.Equal(3072 + 3 * (448 + 2048 + 512 + 64 + 2048 + 1024 + 2048) + 2560, plan.Encode!.Value.Value);
        // A layer over n positions: norms 2·32·n, maps 512·n, attention 32·n², sums 16·n, MLP 512·n + 256·n + 512·n; the last norm 32·n; one score 1600. n is text + 4·images.
        Assert.Equal("2048·images^2 + 1024·images·text + 128·text^2 + 30080·images + 7520·text + 1600", plan.Prefill.ToString());
        // One position whose four attentions see past + 1: 4·32·(past + 1) + 4·1872 + 32 + 1600.
        Assert.Equal("128·past + 9248", plan.Decode.ToString());
        Assert.Equal("64", plan.CachedElements.ToString());
        Assert.Null(plan.Media);
        Assert.Equal(Dim.Zero, plan.KeptElements);
    }

    [Fact]
    public void Lifted_calls_count_for_each_element()
    {
        var inner = new Sketch("inner");
        var body = inner.Return(inner.Op("linear", "in = 4, out = 4, bias = false", "fc", inner.Input("x", "[n, 4]")));
        var encode = new Sketch("encode");
        var graph = Sketch.Graph("g", [encode.Return(encode.Call(body, "a", "x", 2, encode.Input("pixels", "[frames, 3, 5, 4]"))[0]), body], ("encode", "encode"));
        Assert.Equal(new Dim[] { 2 * 4 * 4 * 5 * 3 * Dim.Symbol("frames") }, new[] { Plan.Of(graph, Nothing).Encode!.Value });
    }

    [Fact]
    public void What_depends_on_parameters_alone_is_computed_once_and_kept()
    {
        var f = new Sketch("prefill");
        var x = f.Input("x", "[text, 4]");
        var table = f.Op("linear", "in = 4, out = 4, bias = false", "distance", f.Op("sinusoid", "length = 16, dim = 4", ""));
        var graph = Sketch.Graph("g", [f.Return(f.Op("attention", "heads = 1, causal = true", "", x, x, x, null, null, table))], ("prefill", "prefill"));
        var plan = Plan.Of(graph, Nothing);
        Assert.Equal("24·text^2", plan.Prefill.ToString());
        Assert.Equal("64", plan.ConstantElements.ToString());
    }

    [Fact]
    public void Values_kept_of_the_images_are_the_results_of_their_entry()
    {
        var plan = Plan.Of(SampleGraphs.Gated(), Nothing);
        // Two woven blocks, keys and values of width 8 for 2 tokens of each image; each row computed by a map of 2·8·8 operations.
        Assert.Equal("64·images", plan.KeptElements.ToString());
        Assert.Equal("1024·images", plan.Media.ToString());
        // Each block's gate.
        Assert.Equal("2", plan.ConstantElements.ToString());
        Assert.Null(plan.Decode);
    }

    [Fact]
    public void Functions_are_counted_once_however_often_they_are_called()
    {
        var leaf = new Sketch("f0");
        var functions = new List<Function> { leaf.Return(leaf.Op("relu", "", "", leaf.Input("x", "[n]"))) };
        for (var i = 1; i <= 40; i++)
        {
            var twice = new Sketch($"f{i}");
            functions.Add(twice.Return(twice.Call(functions[^1], "b", twice.Call(functions[^1], "a", twice.Input("x", "[n]")))));
        }
        var graph = new Graph("g", [.. functions], [new("encode", "f40")], []);
        Assert.Equal($"{1L << 40}·n", Plan.Of(graph, Nothing).Encode.ToString());
    }

    [Fact]
    public void Decoding_does_not_confuse_its_past_with_a_size_of_that_name()
    {
        var layer = new Sketch("layer");
        var past = layer.Input("x", "[past, 4]");
        var attention = layer.Return(layer.Op("attention", "heads = 1, causal = true", "", "", true, past, past, past));
        var step = new Sketch("step");
        var graph = Sketch.Graph("g", [step.Return(step.Call(attention, "layer", step.Input("x", "[text, 4]"))), attention], ("step", "step"));
        Assert.Equal("16·past + 16", Plan.Of(graph, Nothing).Decode.ToString());
    }

    [Fact]
    public void Formulas_keep_equal_layers_together()
    {
        Dim dim = Dim.Named("dim", 4096), ffn = Dim.Named("ffn", 11008), vocab = Dim.Named("vocab", 32000);
        var parameters = new List<Parameter> { Make("embed.weight", vocab, dim) };
        for (var i = 0; i < 32; i++)
        {
            foreach (var name in (string[])["q", "k", "v", "o"])
                parameters.Add(Make($"layers.{i}.{name}.weight", dim, dim));
            foreach (var name in (string[])["gate", "up", "down"])
                parameters.Add(Make($"layers.{i}.mlp.{name}.weight", ffn, dim));
            parameters.AddRange([Make($"layers.{i}.norm1", dim), Make($"layers.{i}.norm2", dim)]);
        }
        parameters.AddRange([Make("norm", dim), Make("head", vocab, dim)]);
        var plan = Plan.Of(new Graph("llama", [], [], [.. parameters]), Nothing);
        Assert.Equal("32·(4·dim^2 + 3·dim·ffn + 2·dim) + 2·dim·vocab + dim", plan.Parameters.Formula);
        Assert.Equal(6_738_415_616, plan.Parameters.Count);

        static Parameter Make(string path, params Dim[] shape) => new(path, [.. shape], Initializer.Ones, "llm", default);
    }

    [Theory]
    [InlineData("a.0.w 2; a.1.w 2; a.2.w 3; b.w 5", "2·2 + 8")]
    [InlineData("s.0.0.w 2; s.0.1.w 2; s.1.0.w 2; s.1.1.w 2", "2·(2·2)")]
    [InlineData("s.0.x.0.w 2; s.0.x.1.w 2; s.0.y 1; s.1.x.0.w 2; s.1.x.1.w 2; s.1.y 1", "2·(2·2 + 1)")]
    [InlineData("a 1", "1")]
    [InlineData("", "0")]
    public void Lists_of_lists_are_collected_too(string counts, string expected)
    {
        var parameters = counts.Split("; ", StringSplitOptions.RemoveEmptyEntries).Select(c => c.Split(' ')).Select(c => new Parameter(c[0], [long.Parse(c[1])], Initializer.Ones, "m", default));
        Assert.Equal(expected, Plan.Of(new Graph("g", [], [], [.. parameters]), Nothing).Parameters.Formula);
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(61, 0)]
    [InlineData(60, 1)]
    [InlineData(1000, 0)]
    public void Images_fill_what_the_text_leaves_of_the_context(long text, long images) =>
        Assert.Equal(images, Plan.Of(SampleGraphs.Prefix(), Prefix).LargestImageCount(text));

    [Fact]
    public void Images_without_positions_always_fit()
    {
        Assert.Null(Plan.Of(SampleGraphs.Prefix(), Prefix with { Injections = [new("x", 4, InSequence: false)] }).LargestImageCount(10));
        Assert.Null(Plan.Of(SampleGraphs.Prefix(), Prefix with { Context = null }).LargestImageCount(10));
    }

    [Fact]
    public void Activations_are_freed_after_their_last_use()
    {
        var mlp = new Sketch("mlp");
        var h = mlp.Op("gelu", "", "", mlp.Op("linear", "in = 4, out = 8", "fc1", mlp.Input("x", "[n, 4]")));
        var inner = mlp.Return(mlp.Op("linear", "in = 8, out = 4", "fc2", h));
        var encode = new Sketch("encode");
        var lifted = encode.Return(encode.Call(inner, "mlp", "x", 1, encode.Input("pixels", "[frames, 10, 4]"))[0]);
        var plan = Plan.Of(Sketch.Graph("g", [inner, lifted], ("mlp", "mlp"), ("encode", "encode")), Nothing);
        // x of 4·n, and both sides of the activation: 4·n + 8·n + 8·n.
        Assert.Equal(200, plan.PeakElements("mlp", new Dictionary<string, long> { ["n"] = 10 }));
        // Three at once: 3·40 for the operand, and for each what is alive beside it.
        Assert.Equal(120 + 3 * 160, plan.PeakElements("encode", new Dictionary<string, long> { ["frames"] = 3 }));
        Assert.Null(plan.PeakElements("prefill", new Dictionary<string, long>()));
    }

    [Fact]
    public void A_run_needs_weights_cache_and_activations()
    {
        var plan = Plan.Of(SampleGraphs.Prefix(), Prefix);
        var peak = plan.PeakElements("prefill", new Dictionary<string, long> { ["text"] = 14, ["images"] = 1 });
        Assert.Equal(plan.Parameters.Count + 64 * (14 + 6) + peak, plan.RunElements(new PlanPoint(Text: 10, Images: 1), newTokens: 6));
        Assert.Null(plan.RunElements(new PlanPoint(Text: long.MaxValue / 2), 0));
    }

    [Fact]
    public void The_table_is_for_people() => Assert.Equal("""
        Prefix tiny

        parameters        7,512   7.51 k
          vision          encoder  3,000   3 k     3·872 + 384
          projector       bridge     280   280     280
          llm             decoder  4,232   4.23 k  4·856 + 808

        trained           in each stage; everything else is frozen
          align           3.73 %   280   280     projector
          table           10.86 %  816   816     projector in part, llm in part

        memory            f32        bf16       int8
          weights         29.3 KiB   14.7 KiB   7.34 KiB
          cache           256 B      128 B      64 B       for each position: 64 elements
          activations     2 KiB      1 KiB      512 B      about, in encoding one image
          activations     9.22 KiB   4.61 KiB   2.3 KiB    about, in a prefill of 28 positions
          in all          45.6 KiB   22.8 KiB   11.4 KiB   weights and a prompt of 20 text tokens and 2 images

        visual tokens     4 for each image, positions of the decoder: vision |> projector

        operations        floating-point, a multiply-add is two
          encode an image   30.2 k   30.2 k
          prefill           313 k    at 20 text tokens and 2 images: 2.05 k·images^2 + 1.02 k·images·text + 128·text^2 + 30.1 k·images + 7.52 k·text + 1.6 k
          decode a token    12.8 k   after 28 positions: 128·past + 9.25 k

        context           64 positions: at most 11 images beside 20 text tokens

        """.ReplaceLineEndings("\n"), PlanPrinter.ToText(Plan.Of(SampleGraphs.Prefix(), Prefix), new PlanPoint(Text: 20, Images: 2)));

    [Fact]
    public void One_stage_can_be_seen_in_full()
    {
        var text = PlanPrinter.ToText(Plan.Of(SampleGraphs.Prefix(), Prefix), stage: "table");
        Assert.DoesNotContain("align", text);
        Assert.Matches(@"\n    llm +decoder +800 +800 +800\n", text);
    }

    [Fact]
    public void Json_has_every_quantity_at_the_point()
    {
        using var json = JsonDocument.Parse(PlanPrinter.ToJson(Plan.Of(SampleGraphs.Prefix(), Prefix), new PlanPoint(Text: 20, Images: 2)));
        var root = json.RootElement;
        Assert.Equal(28, root.GetProperty("at").GetProperty("past").GetInt64());
        Assert.Equal(7512 * 2, root.GetProperty("weight_bytes").GetProperty("bf16").GetInt64());
        Assert.Equal(128 * 28 + 9248, root.GetProperty("operations").GetProperty("decode").GetProperty("at").GetInt64());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("operations").GetProperty("media").ValueKind);
        Assert.Equal(11, root.GetProperty("largest_image_count").GetInt64());
    }

    [Fact]
    public void Llava_is_planned_from_its_file()
    {
        const string file = "architectures/llava.mllm";
        var compiled = Compilation.Load(new SourceText(file, Repository.Read(file)), path => Repository.Exists(path) ? Repository.Read(path) : null).Compile(new CompileRequest("1.5-7B"));
        Assert.Empty(compiled.Diagnostics);
        Assert.Empty(GraphVerifier.Verify(compiled.Value!.Graph));
        var plan = Plan.Of(compiled.Value);
        Assert.Equal(7_063_427_072, plan.Parameters.Count);
        Assert.Equal("576 = (vision.image / vision.patch)^2", $"{plan.PositionsPerImage} = {plan.PositionsPerImage.Formula}");
        Assert.Equal(2 * 32 * 4096, plan.CachedElements.Value);
        Assert.Equal((4096 - 64) / 576, plan.LargestImageCount(64));

        // 23 of CLIP's 24 layers run, on 577 tokens; the projector sees 576.
        long n = 577, d = 1024, f = 4096, w = 4096;
        var layer = 2 * 7 * n * d + 4 * 2 * n * d * d + 4 * n * n * d + 2 * n * d + 2 * (2 * n * d * f) + 9 * n * f;
        var embedding = 2 * (3 * 14 * 14) * (576 * d) + n * d + 7 * n * d;
        var projector = 2 * 576 * d * w + 8 * 576 * w + 2 * 576 * w * w;
        Assert.Equal(embedding + 23 * layer + projector, plan.Encode!.Value.Value);
    }

    private static PlanInputs Nothing => new(null, [], [], null, []);
}
