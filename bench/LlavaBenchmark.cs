using System.Collections.Immutable;
using Mllm.Compiler;
using Mllm.Compiler.Std;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Bench;

/// <summary>
/// The whole path at a size that a laptop runs: LLaVA-1.5's vision tower and projector over a LLaMA of 1.1 billion parameters, with random weights. Drawn once,
/// written to a file and loaded from it.
/// </summary>
internal static class LlavaBenchmark
{
    private const int TextTokens = 64;

    private static readonly ImmutableArray<KeyValuePair<string, string>> Billion =
        [KeyValuePair.Create("llm", "llama(2048, depth: 22, kv_heads: 4, ffn: 5632, vocab: 32064, context: 4096, eps: 1e-5)")];

    public static void Run(int tokens, int repeats)
    {
        var program = ShippedModels.Load("architectures/llava.mllm")!.Compile(new CompileRequest("1.5-7B", Billion)).Value!;
        var file = Path.Combine(Path.GetTempPath(), $"mllmc-bench-{Environment.ProcessId}.safetensors");
        try
        {
            using (var drawn = ModelLoader.Random(program, ScalarType.BFloat16, CPU, 1))
                SafetensorsWriter.Write(file, drawn.Weights.Parameters.Declarations.Select(d => new TorchTensorData(d.Path, drawn.Weights.Parameters[d.Path])));
            using var source = CheckpointSource.Open(file).Value!;
            var load = Measure.Median(Enumerable.Range(0, repeats).Select(_ => Measure.Seconds(() => ModelLoader.Load(program, ModelLoader.Plan(program, source), ScalarType.BFloat16, CPU).Dispose())).ToList());
            using var model = ModelLoader.Load(program, ModelLoader.Plan(program, source), ScalarType.BFloat16, CPU);
            using var pixels = randn([1, 3, 336, 336], ScalarType.Float32);
            var ids = Enumerable.Range(0, TextTokens).Select(i => i == 5 ? 32000L : 100L + i).ToArray();
            var row = PromptLayout.Of(program, MediaTokens.Of(program, _ => null), ids, 1);
            var results = Enumerable.Range(-1, repeats + 1).Select(_ =>
                PromptedGeneration.Run(model, [row], new Dictionary<string, Tensor> { ["vision"] = pixels }, new Sampler(), new GenerationOptions(tokens))).Skip(1).ToList();
            double Median(Func<PromptedResult, double> value) => Measure.Median(results.Select(value));
            var count = program.Graph.Parameters.Sum(p => p.Count.Value!.Value);
            Console.WriteLine($"LLaVA with a LLaMA of 1.1 B: {count / 1e6:N0} M parameters in bf16; prompt of {row.Length} positions, {tokens} tokens, medians of {repeats}");
            Console.WriteLine($"  load    {load,8:N3} s ({new FileInfo(file).Length / 1e9:N2} GB, mapped)");
            Console.WriteLine($"  encode  {Median(r => r.Encode.TotalSeconds),8:N3} s an image");
            Console.WriteLine($"  prefill {Median(r => row.Length / r.Generation.Prefill.TotalSeconds),8:N1} tokens/s");
            Console.WriteLine($"  decode  {Median(r => r.Generation.StepsPerSecond ?? 0),8:N2} tokens/s");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
