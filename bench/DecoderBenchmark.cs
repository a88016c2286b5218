using Mllm.Runtime.Execution;
using Mllm.Runtime.Kernels;
using Mllm.Runtime.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Bench;

/// <summary>Prefill and decoding of one sequence: the executor against the same operations by hand, in turn, so that both meet the same machine.</summary>
internal sealed class DecoderBenchmark(LlamaShape shape, ScalarType dtype, int prompt, int tokens, int repeats, ILinearKernel? linear = null)
{
    public void Run(string name)
    {
        using var model = CompiledModel.OnMeta(LlamaGraph.Build(shape), dtype);
        var drawing = Measure.Seconds(() => model.Initialise(1));
        Console.WriteLine($"{name}: {shape.Parameters / 1e6:N0} M parameters, {dtype}, drawn in {drawing:N1} s; prompt {prompt}, {tokens} tokens, medians of {repeats}");
        var executor = new Executor(model, new ExecutorOptions(LinearKernels: linear is null ? [] : [linear]));
        using var hand = new HandWrittenLlama(shape, model, prompt + tokens);
        using var ids = randint(0, shape.Vocab, [1, prompt], ScalarType.Int64);
        using var positions = arange(0, prompt, ScalarType.Int64).unsqueeze(0);

        var times = new List<(double HandPrefill, double Prefill, double HandDecode, double Decode)>();
        for (var i = -1; i < repeats; i++)
        {
            using var cache = new KvCache(prompt + tokens, reserve: prompt + tokens);
            var context = new RunContext { Cache = cache };
            hand.Reset();
            Tensor? byHand = null, run = null;
            double handPrefill, handDecode;
            using (no_grad())
                handPrefill = Measure.Seconds(() => byHand = hand.Forward(ids, positions));
            var prefill = Measure.Seconds(() => run = executor.Run("prefill", [ids, positions], context)[0]);
            Check(byHand!, run!);
            context.Phase = Phase.Decode;
            using (no_grad())
                (handDecode, byHand) = Decode((id, at) => hand.Forward(id, at));
            (var decode, run) = Decode((id, at) => executor.Run("step", [id, at], context)[0]);
            Check(byHand!, run!);
            // The first round warms up.
            if (i >= 0)
                times.Add((handPrefill, prefill, handDecode, decode));
        }
        Report("prefill", prompt, times.Select(t => (t.HandPrefill, t.Prefill)));
        Report("decode", tokens, times.Select(t => (t.HandDecode, t.Decode)));
    }

    /// <summary>The time of all steps, and the last one's logits.</summary>
    private (double Seconds, Tensor Logits) Decode(Func<Tensor, Tensor, Tensor> step)
    {
        Tensor? logits = null;
        var seconds = Measure.Seconds(() =>
        {
            for (var i = 0; i < tokens; i++)
            {
                using var id = full([1, 1], i % shape.Vocab, ScalarType.Int64);
                using var at = full([1, 1], prompt + i, ScalarType.Int64);
                logits?.Dispose();
                logits = step(id, at);
            }
        });
        return (seconds, logits!);
    }

    private static void Report(string phase, int count, IEnumerable<(double Hand, double Run)> times)
    {
        var all = times.ToList();
        var (hand, run) = (Measure.Median(all.Select(t => t.Hand)), Measure.Median(all.Select(t => t.Run)));
        // The ratio of neighbouring rounds: a machine that is slower for a while is slower for both.
        var overhead = Measure.Median(all.Select(t => t.Run / t.Hand)) - 1;
        Console.WriteLine($"  {phase,-8} by hand {count / hand,9:N1} tokens/s, {1e6 * hand / count,10:N0} us a token; executor {count / run,9:N1} tokens/s, {1e6 * run / count,10:N0} us a token; overhead {overhead:+0.0%;-0.0%}");
    }

    private static void Check(Tensor byHand, Tensor run)
    {
        using var difference = byHand.sub(run).abs().max();
        using var largest = byHand.abs().max();
        if (!(difference.ToDouble() <= 0.02 * largest.ToDouble()))
            throw new InvalidOperationException($"the executor's logits differ from those by hand by {difference.ToDouble()}, the largest is {largest.ToDouble()}");
        byHand.Dispose();
        run.Dispose();
    }
}
