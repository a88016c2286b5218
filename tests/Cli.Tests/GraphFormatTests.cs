using System.Text.Json;
using System.Xml.Linq;
using Mllm.Cli.Graphs;
using Mllm.Compiler;
using Mllm.Compiler.Ir;
using Xunit;

namespace Mllm.Cli.Tests;

public class GraphFormatTests
{
    public static TheoryData<string> Models => [Files.Smallest, Files.Architecture("llava"), Files.Architecture("flamingo")];

    private static Graph Compile(string path, string? variant = null) => SourceFolder.Load(path).Compile(new CompileRequest(variant)).Value!.Graph;

    [Fact]
    public void AnOverviewShowsPartsAndWhatFlowsBetweenThem()
    {
        var overview = Overview.Of(Compile(Files.Smallest));
        Assert.Equal(
            [
                "-: pixels [3, 16, 16]", "vision: conv2d patch [8, 2, 2]", "same: linear [4, 8]", "-: ids ids[text]", "-: slots0 ids[text]", "llm: embedding table [n, 8]",
                "-: splice [text, 8]", "llm: embedding table [n, 16]", "-: logits",
            ],
            overview.Boxes.Select(b => $"{b.Group ?? "-"}: {string.Join(' ', b.Lines)}"));
        string Label(int id) => overview.Boxes.First(b => b.Id == id).Label;
        Assert.Equal(
            ["pixels>conv2d", "conv2d>linear", "linear>splice", "ids>embedding", "slots0>splice", "embedding>splice", "splice>embedding", "embedding>logits"],
            overview.Edges.Select(e => $"{Label(e.From)}>{Label(e.To)}"));
    }

    [Fact]
    public void RepeatedLayersAreOneBoxHoweverTheyInterleave()
    {
        var boxes = Overview.Of(Compile(Files.Architecture("flamingo"), "9B")).Boxes.Where(b => b.Group == "llm" && b.Times > 1);
        Assert.Equal(["gated_cross_attention × 8 layers.*.gated_cross_attention [n, 4096]", "chinchilla_layer × 32 layers.* [n, 4096]"], boxes.Select(b => string.Join(' ', b.Lines)));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void JsonHoldsEveryFunctionNodeAndParameter(string path)
    {
        var graph = Compile(path);
        using var document = JsonDocument.Parse(Write("json", graph));
        var root = document.RootElement;
        Assert.Equal(graph.Parameters.Select(p => p.Path), root.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("path").GetString()!));
        Assert.Equal(graph.Functions.Select(f => (f.Name, f.Nodes.Length)),
            root.GetProperty("functions").EnumerateArray().Select(f => (f.GetProperty("name").GetString()!, f.GetProperty("nodes").GetArrayLength())));
        Assert.Equal(graph.Entries.Select(e => e.Function), root.GetProperty("entries").EnumerateObject().Select(e => e.Value.GetString()!));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void ASvgIsWellFormedAndItsBoxesDoNotTouch(string path)
    {
        XNamespace svg = "http://www.w3.org/2000/svg";
        var overview = Overview.Of(Compile(path));
        var boxes = XDocument.Parse(Write("svg", Compile(path))).Descendants(svg + "rect").Where(r => r.Attribute("x") is not null)
            .Select(r => (X: (int)r.Attribute("x")!, Y: (int)r.Attribute("y")!, W: (int)r.Attribute("width")!, H: (int)r.Attribute("height")!)).ToList();
        Assert.Equal(overview.Boxes.Length, boxes.Count);
        foreach (var (a, b) in boxes.SelectMany((a, i) => boxes.Skip(i + 1).Select(b => (a, b))))
            Assert.True(a.X + a.W < b.X || b.X + b.W < a.X || a.Y + a.H < b.Y || b.Y + b.H < a.Y);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void DotAndMermaidNameEveryBoxAndEdge(string path)
    {
        var graph = Compile(path);
        var overview = Overview.Of(graph);
        var (dot, mermaid) = (Write("dot", graph), Write("mermaid", graph));
        Assert.All(overview.Boxes, b => Assert.Contains($" n{b.Id} [label=", dot));
        Assert.All(overview.Boxes, b => Assert.Matches($@"\n +n{b.Id}(\[|\(\[)""", mermaid));
        Assert.All(overview.Edges, e => Assert.Contains($"\n  n{e.From} -> n{e.To};", dot));
        Assert.All(overview.Edges, e => Assert.Contains($"\n  n{e.From} --> n{e.To}\n", mermaid));
        Assert.Equal(dot.Count(c => c == '{'), dot.Count(c => c == '}'));
    }

    [Fact]
    public void TheGraphGoesToAFile()
    {
        var file = Path.Combine(Path.GetDirectoryName(Files.Written(""))!, "g.dot");
        Assert.Equal((0, ""), Call.Of("graph", Files.Smallest, "--format", "dot", "--out", file) is var c ? (c.Code, c.Out) : default);
        Assert.Equal(Call.Of("graph", Files.Smallest, "--format", "dot").Out, File.ReadAllText(file));
        Assert.Equal(2, Call.Of("graph", Files.Smallest, "--format", "dot", "--out", "/nowhere/at/all").Code);
    }

    private static string Write(string format, Graph graph) => GraphFormat.All.First(f => f.Name == format).Write(graph, new FakeCompiler());
}
