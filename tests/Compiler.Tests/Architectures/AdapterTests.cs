using System.Text.Json;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Model;
using Mllm.Compiler.Planning;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>What <c>adapt</c> does to a model: parameters, stages, calls; and which adapters can be merged.</summary>
public class AdapterTests
{
    private const string Llama = "tests/cases/adapt/lora_llama.mllm";
    private const string Everywhere = "tests/cases/adapt/everywhere.mllm";

    [Theory]
    [InlineData("7B", 4_194_304)]
    [InlineData("half", 2_097_152)]
    public void Adapters_are_a_component_that_a_stage_trains_alone(string variant, long count)
    {
        var plan = Plan.Of(Program(Llama, variant));
        var component = plan.Components.Single(c => c.Name == "llm.adapted");
        Assert.Equal(("adapted", count), (component.Role, component.Parameters.Count));
        Assert.Equal(6_738_415_616, plan.Components.Single(c => c.Name == "llm").Parameters.Count);
        Assert.Equal(count, plan.Stages.Single().Trained.Count);
        Assert.Equal(["llm.adapted"], plan.Stages.Single().Components.Select(c => c.Name));
    }

    /// <summary>The configuration of a model without adapters has no key for them, and the library's block has the key's name.</summary>
    [Theory]
    [InlineData("""{"model_type": "mplug-owl"}""", 0)]
    [InlineData("""{"model_type": "mplug-owl", "lora": {"r": 4, "lora_alpha": 32}}""", 2_097_152)]
    public void A_configuration_says_whether_there_are_adapters(string config, long count)
    {
        var program = ShippedFiles.Load("architectures/mplug_owl.mllm").Expect(new CompileRequest("7B", Config: JsonDocument.Parse(config).RootElement));
        Assert.Equal(count, program.Graph.Parameters.Where(p => p.Component == "llm.adapted").Sum(p => p.Count.Value!.Value));
        Assert.Equal(count > 0 ? ["pretrain", "instruct"] : ["pretrain"], program.Stages.Select(s => s.Name));
    }

    [Fact]
    public void Parameters_stand_below_what_is_adapted()
    {
        var program = Program(Llama, "tiny");
        Assert.Equal(["llm.model.layers.0.self_attn.q_proj.lora_A.weight [8, 96]", "llm.model.layers.0.self_attn.q_proj.lora_B.weight [96, 8]"],
            program.Graph.Parameters.Where(p => p.Path.Contains("layers.0.self_attn.q_proj.lora")).Select(p => $"{p.Path} [{string.Join(", ", p.Shape)}]"));
        var without = Program(Llama, "tiny", ("rank", "0"));
        Assert.Equal(without.Graph.Parameters.Select(p => p.Path), program.Graph.Parameters.Where(p => p.Component == "llm").Select(p => p.Path));
    }

    [Fact]
    public void Layers_with_the_same_adapters_share_one_function()
    {
        var graph = Program(Llama, "tiny").Graph;
        Assert.Single(graph.Functions, f => f.Name.StartsWith("llama_layer"));
        var attention = graph.Functions.Single(f => f.Name.StartsWith("llama_attention"));
        // The adapter comes right after its map, which stays a `linear` of its own.
        Assert.Equal(["linear", "call lora", "rope", "linear", "rope", "linear", "call lora", "attention", "linear"],
            attention.Nodes.Select(n => n is CallNode c ? $"call {c.Callee}" : ((OpNode)n).Op.Name));
        Assert.All(attention.Nodes.OfType<CallNode>(), c => Assert.Contains(attention.Nodes.OfType<OpNode>(), o => o.Op is LinearOp && o.Path == c.Path && o.Results[0].Equals(c.Operands[1])));
    }

    [Fact]
    public void Any_part_of_a_model_can_be_adapted()
    {
        var program = Program(Everywhere, null);
        Assert.Equal(["vision.adapted", "projector.adapted", "llm.adapted"], program.Components.Where(c => c.Role == Role.Adapted).Select(c => c.Name));
        var calls = program.Graph.Entries.SelectMany(e => Calls(program.Graph, e.Name)).ToHashSet();
        Assert.All(program.Adapters, a => Assert.Contains((a.Target, a.Block), calls));
        var trained = program.Stages.Single(s => s.Name == "instruct").Trained.ToHashSet();
        Assert.Equal(program.Graph.Parameters.Where(p => p.Component.EndsWith(".adapted")).Select(p => p.Path).Order(), trained.Order());
        // A member that is trained by its name is trained with its adapter.
        Assert.Contains(program.Stages.Single(s => s.Name == "joined").Trained, p => p.EndsWith("down_proj.gain"));
    }

    [Fact]
    public void Every_entry_has_its_adapters()
    {
        var graph = Program(Everywhere, null).Graph;
        Assert.Equal(Calls(graph, "prefill").Count(c => c.Block is "bottleneck" or "scaling"), Calls(graph, "step").Count(c => c.Block is "bottleneck" or "scaling"));
        Assert.Contains(Calls(graph, "output.last"), c => c.Block == "lora");
    }

    [Theory]
    [InlineData("return y + b(a(x)) * 2", null)]
    [InlineData("return (y - b(a(x)) / 3) * gain", null)]
    [InlineData("return y * (gain * gain) + y", null)]
    [InlineData("return b(a(x * gain)) + y / sigmoid(gain)", null)]
    [InlineData("return y + biased(x)", "a `linear` in it has a bias")]
    [InlineData("return y + gain", "it adds something that depends on neither the operand nor the result")]
    [InlineData("return y + 1", "it adds something that depends on neither the operand nor the result")]
    [InlineData("return y + b(relu(a(x)))", "`relu` is not linear")]
    [InlineData("return y * b(a(x))", "it multiplies what depends on the input with itself")]
    [InlineData("return 1 / y", "it divides by what depends on the input")]
    [InlineData("return gain / y", "it divides by what depends on the input")]
    [InlineData("return y * 0 + softmax(y)", "`softmax` is not linear")]
    [InlineData("return b(a(gain)) + gain", "its result depends on neither the operand nor the result")]
    public void What_is_linear_can_be_merged(string body, string? problem)
    {
        var findings = Mergeability.Check(Adapted($"  fn forward(x: [8], y: [8]) -> [8] {{ {body} }}"));
        Assert.Equal(problem is null ? [] : [$"'probe' cannot be merged into the weights of llm.proj: {problem}"], findings.Select(f => f.Message));
        Assert.All(findings, f => Assert.Equal("MLLM5044", f.Code));
    }

    [Theory]
    [InlineData("  fn forward(x: [n, 8], y: [n, 8]) -> [n, 8] { return y + b(a(x)) }", null)]
    [InlineData("  fn forward(x: [n, 8], y: [n, 8]) -> [n, 8] { return y * sinusoid(n, 8) }", "it does not treat all rows alike")]
    [InlineData("  fn forward(x: [n, 8], y: [n, 8]) -> [n, 8] { return y + mean(y, 0) }", "`mean` is not linear")]
    public void Rows_are_treated_alike(string function, string? problem) =>
        Assert.Equal(problem is null ? [] : [$"'probe' cannot be merged into the weights of llm.proj: {problem}"], Mergeability.Check(Adapted(function)).Select(f => f.Message));

    [Fact]
    public void Only_linear_maps_take_adapters_into_their_weights()
    {
        var findings = Mergeability.Check(Program(Everywhere, null));
        Assert.Equal(["channels", "bottleneck"], findings.Select(f => f.Message.Split('\'')[1]));
        Assert.All(findings, f => Assert.Contains("only the weights of a `linear` can say what it does", f.Message));
    }

    /// <summary>The adapters that an entry calls, with the full paths of what they adapt.</summary>
    private static IEnumerable<(string Path, string Block)> Calls(Graph graph, string entry)
    {
        return Below(graph.Function(graph.Entry(entry)!.Function), "");

        IEnumerable<(string, string)> Below(Function function, string owner) => function.Nodes.OfType<CallNode>().SelectMany(c =>
            Below(graph.Function(c.Callee), InstancePath.Join(owner, c.Path)).Prepend((InstancePath.Join(owner, c.Path), c.Callee.Split('#', '+')[0])));
    }

    private static ModelProgram Adapted(string function) => Compile(new SourceText("test.mllm", $$"""
        block probe() {
          a      = linear(8, 2, bias: false)
          b      = linear(2, 8, bias: false)
          biased = linear(8, 8)
          gain   = parameter([8], "ones")
        {{function}}
        }

        block one() {
          table = embedding(32, 8)
          proj  = linear(8, 8)

          fn embed(ids: ids[n]) -> [n, 8] { return table(ids) }
          fn forward(x: [n, 8], positions: ids[n]) -> [n, 8] { return proj(x) }
          fn head(x: [n, 8]) -> [n, 32] { return table.unembed(x) }
        }

        model Probed() {
          decoder llm = one()
          adapt llm.proj with probe()
        }
        """), null);

    private static ModelProgram Program(string path, string? variant, params (string Name, string Value)[] overrides) => Compile(new SourceText(path, Repository.Read(path)), variant, overrides);

    private static ModelProgram Compile(SourceText source, string? variant, params (string Name, string Value)[] overrides)
    {
        var stage = TestCompiler.Load(source).Compile(new CompileRequest(variant, [.. overrides.Select(o => KeyValuePair.Create(o.Name, o.Value))]));
        Assert.Empty(stage.Diagnostics);
        Assert.Empty(GraphVerifier.Verify(stage.Value!.Graph));
        return stage.Value;
    }
}
