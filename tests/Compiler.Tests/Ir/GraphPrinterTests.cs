using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Printing;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Ir;

public sealed partial class GraphPrinterTests
{
    public static TheoryData<string> Samples() => ["Prefix", "Gated", "Nested"];

    [Theory, MemberData(nameof(Samples))]
    public void The_samples_are_sound_and_print_the_same_twice(string name)
    {
        Assert.Empty(GraphVerifier.Verify(Sample(name)));
        Assert.Equal(GraphPrinter.ToText(Sample(name)), GraphPrinter.ToText(Sample(name)));
        Assert.Equal(GraphPrinter.ToSvg(Sample(name)), GraphPrinter.ToSvg(Sample(name)));
    }

    [Fact]
    public void A_graph_is_entries_functions_and_parameters()
    {
        var f = new Sketch("f");
        var x = f.Input("x", "[n, 4]");
        f.Input("y", "ids[n]", BindingTime.Image);
        var h = f.Op("layer_norm", "dim = 4, eps = 1e-6", "norm", "h", false, x);
        var bias = f.Op("parameter", "shape = [2, 1, 1], init = \"zeros\"", "bias");
        var twice = f.Op("mul", "number = 0.5, reversed = true", "", f.Op("linear", "in = 4, out = 2", "fc.1", h));
        var sum = f.Op("sum", "axis = 0", "", bias);
        Equal("""
            graph g {n}
            entry main = f

            fn f(%x: [n, 4], %y: ids[n] image) -> ([n, 2], [1, 1])   time=mixed
              %h = layer_norm %x {dim = 4, eps = 1e-6}         @norm  : [n, 4]
              %0 = parameter {shape = [2, 1, 1], init = "zeros"}  @bias  : [2, 1, 1] constant
              %1 = linear %h {in = 4, out = 2}                 @fc.1  : [n, 2]
              %2 = mul %1 {number = 0.5, reversed = true}             : [n, 2]
              %3 = sum %0 {axis = 0}                                  : [1, 1] constant
              return %2, %3

            params 20 in 5 tensors
              norm 8 in 2 tensors
                norm.weight  [4]  constant(1)
                norm.bias    [4]  constant(0)
              bias 2 in 1 tensors
                bias  [2, 1, 1]  constant(0)
              fc 10 in 2 tensors
                fc.1.weight  [2, 4]  uniform(0.5)
                fc.1.bias    [2]     uniform(0.5)

            """, GraphPrinter.ToText(Sketch.Graph("g", [f.Return(twice, sum)], ("main", "f"))));
    }

    [Fact]
    public void Equal_layers_are_one_line() => Assert.Equal("""
        fn encode(%pixels: [3, 8, 8]) -> [4, 8]   time=image
          %x = conv2d %pixels {in = 3, out = 8, kernel = 4, stride = 4, bias = false}  @vision.patch_embedding  : [8, 2, 2]
          %x = rearrange %x {pattern = "d h w -> (h w) d"}                           : [4, 8]
          %x = call vit_layer %x                            @vision.layers.{0..2}    : [4, 8]
          %0 = linear %x {in = 8, out = 16}                 @projector.0             : [4, 16]
          %1 = gelu %0                                                               : [4, 16]
          %tokens = linear %1 {in = 16, out = 8}            @projector.2             : [4, 8]
          return %tokens
        """.ReplaceLineEndings("\n"), Function(SampleGraphs.Prefix(), "encode"));

    [Fact]
    public void Woven_layers_are_a_loop_and_what_is_left_over() => Assert.Equal("""
        fn opt(%x: [n, 8], %media: [m, 8] image, %see: mask[n, m]) -> [n, 8]   time=mixed
          for i in 0..10:
            %x = call gated_cross_attention %x, %media, %see  @model.layers.{7i}.gated  : [n, 8]
            %x = call opt_layer %x                            @model.layers.{7i..7i+6}  : [n, 8]
          %x = call gated_cross_attention %x, %media, %see    @model.layers.77.gated    : [n, 8]
          %x = call opt_layer %x                              @model.layers.{77..79}    : [n, 8]
          %x = layer_norm %x {dim = 8}                        @model.final_layer_norm   : [n, 8]
          return %x
        """.ReplaceLineEndings("\n"), Function(SampleGraphs.Nested(80, 7), "opt"));

    [Fact]
    public void Lists_of_values_have_indices()
    {
        Equal("""
            fn prefill.image(%latents: [images, 2, 8]) -> (4 × [2·images, 8])   time=image
              %media = rearrange %latents {pattern = "i t d -> (i t) d"}                              : [2·images, 8]
              %k.{0..1}, %v.{0..1} = call gated.image %media              @llm.layers.{0, 4}.gated    : [2·images, 8], [2·images, 8]
              return (%k.{i}, %v.{i}) for i in 0..1
            """, Function(SampleGraphs.Gated(), "prefill.image"));
        Equal("""
              for i in 0..1:
                %x = call gated.text %x, %k.{i}, %v.{i}, %see  @llm.layers.{4i}.gated  : [text, 8]
                %x = call layer %x                             @llm.layers.{4i..4i+3}  : [text, 8]
            """, string.Join('\n', Function(SampleGraphs.Gated(), "prefill.text").Split('\n')[3..6]));
    }

    [Fact]
    public void A_chain_whose_start_is_used_again_says_where_it_starts()
    {
        var layer = Layer();
        var f = new Sketch("f");
        var x = f.Input("x", "[n, 4]");
        var y = x;
        for (var i = 0; i < 3; i++)
            y = f.Call(layer, $"layers.{2 * i}", "x", 0, y)[0];
        Equal("""
            fn f(%x: [n, 4]) -> [n, 4]   time=text
              %x_2 = call layer (%x_2 := %x)  @layers.{0..4 by 2}  : [n, 4]
              %0 = add %x, %x_2                                    : [n, 4]
              return %0
            """, Function(Sketch.Graph("g", [f.Return(f.Op("add", "", "", x, y)), layer], ("main", "f")), "f"));
    }

    [Fact]
    public void A_layer_whose_result_is_tapped_ends_its_chain()
    {
        var layer = Layer();
        var f = new Sketch("f");
        var x = f.Input("x", "[n, 4]");
        var results = new List<Value>();
        for (var i = 0; i < 6; i++)
            results.Add(x = f.Call(layer, $"layers.{i}", "x", 0, x)[0]);
        Equal("""
            fn f(%x: [n, 4]) -> ([n, 4], [n, 4])   time=text
              %x = call layer %x             @layers.{0..3}  : [n, 4]
              %x_2 = call layer (%x_2 := %x)  @layers.{4..5}  : [n, 4]
              return %x, %x_2
            """, Function(Sketch.Graph("g", [f.Return(results[3], results[5]), layer], ("main", "f")), "f"));
    }

    [Fact]
    public void What_differs_in_more_than_an_index_is_not_joined()
    {
        var layer = Layer();
        var f = new Sketch("f");
        var x = f.Input("x", "[n, 4]");
        var a = f.Call(layer, "fc1", f.Call(layer, "fc0", x));
        var b = f.Call(layer, "layers.1", f.Call(layer, "layers.0", a));
        var c = f.Call(layer, "layers.3", b);
        Equal("""
            fn f(%x: [n, 4]) -> [n, 4]   time=text
              %0 = call layer %x            @fc0            : [n, 4]
              %1 = call layer %0            @fc1            : [n, 4]
              %1 = call layer %1            @layers.{0..1}  : [n, 4]
              %2 = call layer %1            @layers.3       : [n, 4]
              return %2
            """, Function(Sketch.Graph("g", [f.Return(c), layer], ("main", "f")), "f"));
    }

    [Fact]
    public void Lifted_calls_and_functions_of_ops_are_named()
    {
        var f = new Sketch("f");
        var x = f.Input("x", "[images, n, 4]", BindingTime.Image);
        var y = f.Call(Layer(), "layer", "", 1, x)[0];
        Equal("""
            fn f(%x: [images, n, 4] image) -> [images, n, 9]   time=mixed
              %0 = call layer lift 1 %x  @layer  : [images, n, 4]
              %1 = embedding.unembed %0 {vocab = 9, dim = 4}  @table  : [images, n, 9]
              return %1
            """,
            Function(Sketch.Graph("g", [f.Return(f.Op("embedding.unembed", "vocab = 9, dim = 4", "table", y)), Layer()], ("main", "f")), "f"));
    }

    [Fact]
    public void Parameters_of_irregular_layers_are_split_where_they_must_be()
    {
        string[] paths = ["a.0.0.w", "a.0.1.w", "a.1.0.w", "a.1.1.w", "a.2.0.w", "b.1.w", "b.3.w", "b.5.w", "b.6.w", "c.w"];
        var graph = new Graph("g", [], [], [.. paths.Select(p => new Parameter(p, [4], Initializer.Ones, "net", default))]);
        Assert.Equal(["a.{0..1}.{0..1}.w", "a.2.0.w", "b.{1, 3, 5..6}.w", "c.w"],
            GraphPrinter.ToText(graph).Split('\n').Where(l => l.StartsWith("    ", StringComparison.Ordinal)).Select(l => l.Split("  ", StringSplitOptions.RemoveEmptyEntries)[0].Trim()));
    }

    [Fact]
    public void Json_holds_every_node_of_every_function()
    {
        var graph = SampleGraphs.Gated();
        using var json = JsonDocument.Parse(GraphPrinter.ToJson(graph));
        var functions = json.RootElement.GetProperty("functions").EnumerateArray().ToList();
        Assert.Equal(graph.Functions.Select(f => f.Nodes.Length), functions.Select(f => f.GetProperty("nodes").GetArrayLength()));
        Assert.Equal(graph.Parameters.Select(p => p.Path), json.RootElement.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("path").GetString()));
        Assert.Equal("""["2·images",8]""", functions[0].GetProperty("nodes")[1].GetProperty("results")[0].GetProperty("shape").GetRawText().Replace("\n", "").Replace(" ", ""));
    }

    [Theory, MemberData(nameof(Samples))]
    public void The_drawing_is_well_formed_and_no_boxes_overlap(string name)
    {
        var panels = XDocument.Parse(GraphPrinter.ToSvg(Sample(name))).Root!.Elements().Where(e => e.Name.LocalName == "g").ToList();
        Assert.Equal(Sample(name).Entries.Count(e => e.Name != "step"), panels.Count);
        foreach (var panel in panels)
        {
            var boxes = panel.Elements().Where(e => e.Name.LocalName == "rect" && e.Attribute("stroke-width") is not null)
                .Select(e => (X: Number(e, "x"), Y: Number(e, "y"), Right: Number(e, "x") + Number(e, "width"), Foot: Number(e, "y") + Number(e, "height"))).ToList();
            Assert.NotEmpty(boxes);
            for (var i = 0; i < boxes.Count; i++)
                Assert.DoesNotContain(boxes.Skip(i + 1), b => b.X < boxes[i].Right && boxes[i].X < b.Right && b.Y < boxes[i].Foot && boxes[i].Y < b.Foot);
        }
        static double Number(XElement e, string attribute) => (double)e.Attribute(attribute)!;
    }

    [Fact]
    public void Flowcharts_show_blocks_and_shapes()
    {
        var mermaid = GraphPrinter.ToMermaid(SampleGraphs.Nested());
        Assert.Contains("p1b8[\"opt_layer × 4 (of 2)<br/>model.layers.&#123;4i..4i+3&#125;\"]", mermaid);
        Assert.Contains("p1b4 -->|\"[text, 8]\"| p1b7", mermaid);
        Assert.Equal(mermaid.Split('\n').Count(l => l.TrimStart().StartsWith("subgraph", StringComparison.Ordinal)), mermaid.Split('\n').Count(l => l.Trim() == "end"));
        var dot = GraphPrinter.ToDot(SampleGraphs.Nested());
        Assert.Contains("p1b8 [label=\"opt_layer × 4 (of 2)\\nmodel.layers.{4i..4i+3}\"];", dot);
        Assert.Contains("p1b4 -> p1b7 [label=\"[text, 8]\"];", dot);
    }

    private static Graph Sample(string name) => name switch { "Prefix" => SampleGraphs.Prefix(), "Gated" => SampleGraphs.Gated(), _ => SampleGraphs.Nested() };

    private static Function Layer()
    {
        var f = new Sketch("layer");
        return f.Return(f.Op("linear", "in = 4, out = 4", "fc", f.Input("x", "[n, 4]")));
    }

    private static string Function(Graph graph, string name)
    {
        var text = GraphPrinter.ToText(graph);
        var start = text.IndexOf($"fn {name}(", StringComparison.Ordinal);
        return text[start..text.IndexOf("\n\n", start, StringComparison.Ordinal)];
    }

    /// <summary>Compares all but the width of columns, which two tests compare exactly.</summary>
    private static void Equal(string expected, string found) => Assert.Equal(Columns().Replace(expected.ReplaceLineEndings("\n"), "  "), Columns().Replace(found, "  "));

    [GeneratedRegex(@"(?<=\S) {2,}")]
    private static partial Regex Columns();
}
