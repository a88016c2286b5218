using System.Collections.Immutable;
using Mllm.Compiler;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Planning;
using Mllm.Compiler.Std;
using Mllm.Compiler.Text;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Kernels;
using Mllm.Runtime.Model;
using Mllm.Runtime.Native;
using Mllm.Runtime.Tests.Inputs;
using Mllm.Runtime.Tests.Kernels;
using Mllm.Runtime.Verification;
using Mllm.Runtime.Weights;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>Adapted models compute what their adapters say, and the same once these are merged.</summary>
public class AdapterTests(ITestOutputHelper output)
{
    /// <summary>Biased and transposed maps; adapters of one row and of several, with nested calls, with products of parameters.</summary>
    private const string Text = """
        import "std/lora.mllm"
        import "std/llama.mllm"

        block scaling(to: int) {
          gain = parameter([to], "ones")

          fn forward(x: [m], y: [to]) -> [to] { return y * gain - y * 0.25 }
        }

        block narrow(from: int, to: int) {
          down = linear(from, 3, bias: false)
          up   = linear(3, to, bias: false)

          fn forward(x: [n, from]) -> [n, to] { return up(down(x)) }
        }

        block stacked(from: int, to: int) {
          inner = narrow(from, to)
          gain  = parameter([to], "ones")

          fn forward(x: [n, from], y: [n, to]) -> [n, to] { return (y + inner(x) / 3) * gain }
        }

        block perceptron(dim: int = 12) {
          table = embedding(40, dim, std: 1.0)
          up    = linear(dim, 1100, transposed: true)
          down  = linear(1100, dim)

          fn embed(ids: ids[n]) -> [n, dim] { return table(ids) }
          fn forward(x: [n, dim], positions: ids[n]) -> [n, dim] { return x + down(gelu(up(x))) }
          fn head(x: [n, dim]) -> [n, 40] { return table.unembed(x) }
        }

        model Adapted(lm: block, adapter: int = 0) {
          decoder llm = lm

          if adapter == 1 { adapt llm.layers[*].attn.{q_proj, v_proj} with lora(rank: 3, alpha: 7.0) }
          if adapter == 2 { adapt llm.up with lora(rank: 2)  adapt llm.down with scaling() }
          if adapter == 3 { adapt llm.{up, down} with stacked() }
          if adapter == 4 { adapt llm.layers[every 2] with scaling()  adapt llm.layers[1].mlp.{gate_proj, down_proj} with stacked() }

          checkpoint "other" { llm: "language_model" }
        }
        """;

    private const string Llama = "llama(24, depth: 3, heads: 4, kv_heads: 2, vocab: 40, context: 64)";
    private const string Perceptron = "perceptron()";

    private static readonly Compilation Model = Compilation.Load(new SourceText("adapters.mllm", Text), _ => null);

    static AdapterTests()
    {
        TorchLibrary.Load();
        set_num_threads(1);
    }

    public static TheoryData<string, int> Mergeable => new() { { Llama, 1 }, { Perceptron, 2 }, { Perceptron, 3 } };

    [Fact]
    public void Low_rank_adapters_begin_as_nothing()
    {
        using var plain = Random(Llama, 0);
        using var adapted = Random(Llama, 1);
        Assert.Equal(Logits(plain).Data, Logits(adapted).Data);
        Draw(adapted);
        Assert.NotEqual(Logits(plain).Data, Logits(adapted).Data);
    }

    [Theory]
    [MemberData(nameof(Mergeable))]
    public void A_merged_model_computes_the_same(string lm, int adapter)
    {
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float64, 1e-12), (ScalarType.Float32, 2e-5) })
        {
            using var adapted = Random(lm, adapter, dtype);
            Draw(adapted);
            var expected = Logits(adapted);
            using var plain = Random(lm, 0, dtype);
            Assert.True(Distance(expected, Logits(plain)) > 0.1, "the adapters must matter");
            using var merging = new AdapterMerging();
            Assert.Empty(Mergeability.Check(adapted.Program));
            foreach (var parameter in plain.Program.Graph.Parameters)
                plain.Weights.Parameters.Assign(parameter.Path, adapted.Weights.Parameters[parameter.Path].detach().clone());
            foreach (var (path, value) in adapted.Program.Adapters.SelectMany(a => merging.Merge(a, p => adapted.Weights.Parameters[p])))
                plain.Weights.Parameters.Assign(path, value);
            Assert.True(Distance(expected, Logits(plain)) <= tolerance, $"{dtype}: {Distance(expected, Logits(plain)):G3}, expected at most {tolerance:G3} of the standard deviation");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Decoding_with_a_cache_runs_adapters_too(int adapter)
    {
        using var adapted = Random(Llama, adapter);
        Draw(adapted);
        var whole = Logits(adapted);
        using var cache = new KvCache(Ids.Length);
        var context = new RunContext { Cache = cache };
        for (var i = 0; i < Ids.Length; i++)
        {
            context.Phase = i == 0 ? Phase.Prefill : Phase.Decode;
            using var hidden = adapted.Executor.Run(i == 0 ? "prefill" : "step", [tensor([Ids[i]], [1, 1]), tensor([(long)i], [1, 1])], context)[0];
            using var logits = adapted.Logits(hidden, context);
            Assert.True(Distance(whole.Row(0).Row(i), Nd.Of(logits)) <= 1e-12);
        }
    }

    [Fact]
    public void Adapted_maps_and_adapters_are_computed_by_the_chosen_kernels()
    {
        var kernel = new Counting();
        using var adapted = Random(Llama, 1, kernels: [kernel]);
        kernel.Uses.Clear();
        Logits(adapted);
        // In each of three layers seven maps and two adapters of two maps, and the head.
        Assert.Equal(3 * (7 + 4) + 1, kernel.Uses.Count);
        Assert.Equal(6, kernel.Uses.Count(u => u is { In: 24, Out: 3 }));
        Assert.All(kernel.Uses, u => Assert.Equal(Ids.Length, u.Rows));
    }

    [Theory]
    [MemberData(nameof(Mergeable))]
    public void A_merged_checkpoint_is_one_of_the_model_without_adapters(string lm, int adapter)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            using var adapted = Random(lm, adapter, ScalarType.Float32);
            Draw(adapted);
            var (given, renamed, merged) = (Path.Combine(folder, "given.safetensors"), Path.Combine(folder, "renamed.safetensors"), Path.Combine(folder, "merged.safetensors"));
            SafetensorsWriter.Write(given, adapted.Weights.Parameters.Declarations.Select(d => new TorchTensorData(d.Path, adapted.Weights.Parameters[d.Path])));
            Assert.Equal((adapted.Program.Graph.Parameters.Length, 0), Export(adapted.Program, given, renamed, "other", merge: false));
            Assert.Equal((Program(lm, 0).Graph.Parameters.Length, adapted.Program.Adapters.Length), Export(adapted.Program, renamed, merged, "other", merge: true));
            using var source = CheckpointSource.Open(merged).Value!;
            Assert.All(source.Tensors.Values, t => Assert.Equal((WeightDtype.F32, true), (t.Entry.Dtype, t.Name.StartsWith("language_model."))));
            var report = ModelLoader.Plan(Program(lm, 0), source);
            Assert.True(report.IsExact, report.ToText());
            using var plain = ModelLoader.Load(Program(lm, 0), report, ScalarType.Float32, CPU);
            Assert.True(Distance(Logits(adapted), Logits(plain)) <= 2e-5);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The reference keeps its adapters apart; merged into the language model, they give the same results in the model without adapters.</summary>
    [Fact]
    public void A_merged_reference_passes_as_the_unmerged_one()
    {
        if (TestFiles.Golden("mplug_owl_lora", output) is not { } golden)
            return;
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            foreach (var file in Directory.GetFiles(golden).Where(f => Path.GetFileName(f) != "model.safetensors"))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            var model = ShippedModels.Load("architectures/mplug_owl.mllm")!;
            var adapted = model.Compile(new CompileRequest(Config: GoldenCase.Config(golden))).Value!;
            Assert.Equal(6, Export(adapted, Path.Combine(golden, "model.safetensors"), Path.Combine(folder, "model.safetensors"), "huggingface", merge: true).Merged);
            var plain = model.Compile(new CompileRequest(Config: GoldenCase.Config(golden), Overrides: [KeyValuePair.Create("lora_rank", "0")])).Value!;
            using var merged = GoldenCase.Open(folder);
            using var loaded = ModelLoader.Load(plain, ModelLoader.Plan(plain, merged.Weights), ScalarType.Float32, CPU);
            var (compared, missing) = new GoldenVerifier(loaded, merged).Run();
            Assert.Empty(missing);
            Assert.All(compared, c => Assert.True(c.Passed, $"{c.Name}: {c.Difference:G3}, tolerance {c.Tolerance:G3}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static readonly long[] Ids = [7, 3, 39, 0, 12, 12, 5];

    private static (int Tensors, int Merged) Export(ModelProgram program, string from, string to, string names, bool merge)
    {
        using var source = CheckpointSource.Open(from).Value!;
        var report = ModelLoader.Plan(program, source);
        Assert.True(report.IsExact, report.ToText());
        return StateDictExport.Write(program, report, to, new ExportOptions(names, merge));
    }

    private static ModelProgram Program(string lm, int adapter)
    {
        var stage = Model.Compile(new CompileRequest(null, [KeyValuePair.Create("lm", lm), KeyValuePair.Create("adapter", $"{adapter}")]));
        Assert.True(stage.Diagnostics.IsEmpty, string.Join('\n', stage.Diagnostics.Select(d => d.Message)));
        return stage.Value!;
    }

    private static MultimodalModel Random(string lm, int adapter, ScalarType dtype = ScalarType.Float64, ImmutableArray<ILinearKernel> kernels = default) =>
        ModelLoader.Random(Program(lm, adapter), dtype, CPU, 3, new ExecutorOptions(GuardShapes: true, kernels));

    /// <summary>Gives the adapters numbers, the same in every element type: fresh ones begin as zeros and ones.</summary>
    private static void Draw(MultimodalModel model)
    {
        foreach (var parameter in model.Program.Graph.Parameters.Where(p => p.Component.EndsWith(".adapted")))
        {
            var random = new Random(parameter.Path.Length + 7 * (int)parameter.Shape[0].Value!.Value);
            model.Weights.Parameters.Assign(parameter.Path, Nd.Make([.. parameter.Shape.Select(d => (int)d.Value!)], _ => random.NextDouble() - 0.4).ToTensor(ScalarType.Float32).to(model.Weights.Dtype));
        }
    }

    private static Nd Logits(MultimodalModel model)
    {
        using var scope = NewDisposeScope();
        var hidden = model.Executor.Run("prefill", [tensor(Ids, [1, Ids.Length]), tensor(Ids.Select((_, i) => (long)i).ToArray(), [1, Ids.Length])])[0];
        return Nd.Of(model.Logits(hidden, new RunContext()));
    }

    /// <summary>The largest difference, in standard deviations of what is expected.</summary>
    private static double Distance(Nd expected, Nd found)
    {
        var mean = expected.Data.Average();
        var deviation = Math.Sqrt(expected.Data.Average(e => (e - mean) * (e - mean)));
        return expected.Data.Zip(found.Data, (e, f) => Math.Abs(e - f)).Max() / deviation;
    }

    private sealed class Counting : ILinearKernel
    {
        public List<LinearUse> Uses { get; } = [];

        public int Rank => -1;

        public bool Accepts(in LinearUse use)
        {
            Uses.Add(use);
            return false;
        }

        public Tensor Run(Tensor x, Tensor weight, Tensor? bias) => throw new NotSupportedException();
    }
}
