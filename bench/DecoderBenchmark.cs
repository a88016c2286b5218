using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using Time = (double Clock, double Processor);

namespace Mllm.Bench;

/// <summary>Prefill and decoding of one sequence: the executor against the same operations by hand, in turn, so that both meet the same machine.</summary>
internal sealed class DecoderBenchmark(LlamaShape shape, ScalarType dtype, int prompt, int tokens, int repeats, ILinearKernel? linear = null)
{
    public void Run(string name)
    {
        var program = shape.Compile();
        MultimodalModel? drawn = null;
        var drawing = Measure.Seconds(() => drawn = ModelLoader.Random(program, dtype, CPU, 1, new ExecutorOptions(LinearKernels: linear is null ? [] : [linear])));
        using var model = drawn!;
        var parameters = program.Graph.Parameters.Sum(p => p.Count.Value!.Value);
        Console.WriteLine($"{name}: {parameters / 1e6:N0} M parameters, {dtype}, drawn in {drawing:N1} s; prompt {prompt}, {tokens} tokens, medians of {repeats}");
        using var hand = new HandWrittenLlama(shape, model.Weights, prompt + tokens);
        using var ids = randint(0, shape.Vocab, [1, prompt], ScalarType.Int64);
        using var positions = arange(0, prompt, ScalarType.Int64).unsqueeze(0);

        var times = new List<(Time HandPrefill, Time Prefill, Time HandDecode, Time Decode)>();
        for (var i = -1; i < repeats; i++)
        {
            using var cache = new KvCache(prompt + tokens, reserve: prompt + tokens);
            var context = new RunContext { Cache = cache };
            hand.Reset();
            var prefill = InTurn(i % 2 == 0, () => hand.Forward(ids, positions), () => Run("prefill", ids, positions), isLast: true);
            context.Phase = Phase.Decode;
            var decode = (Hand: default(Time), Run: default(Time));
            for (var token = 0; token < tokens; token++)
            {
                using var id = full([1, 1], token % shape.Vocab, ScalarType.Int64);
                using var at = full([1, 1], prompt + token, ScalarType.Int64);
                var step = InTurn((i + token) % 2 == 0, () => hand.Forward(id, at), () => Run("step", id, at), token == tokens - 1);
                decode = (Sum(decode.Hand, step.Hand), Sum(decode.Run, step.Run));
            }
            // The first round warms up.
            if (i >= 0)
                times.Add((prefill.Hand, prefill.Run, decode.Hand, decode.Run));

            // The logits [1, vocab] of the last position.
            Tensor Run(string entry, Tensor ids, Tensor positions)
            {
                using var hidden = model.Executor.Run(entry, [ids, positions], context)[0];
                using var last = hidden.narrow(1, hidden.size(1) - 1, 1);
                using var logits = model.Logits(last, context);
                return logits.view(1, -1);
            }
        }
        Report("prefill", prompt, times.Select(t => (t.HandPrefill, t.Prefill)));
        Report("decode", tokens, times.Select(t => (t.HandDecode, t.Decode)));
    }

    /// <summary>Times both, one right after the other; at the last step of a phase their logits are compared.</summary>
    private (Time Hand, Time Run) InTurn(bool handFirst, Func<Tensor> byHand, Func<Tensor> byExecutor, bool isLast)
    {
        Tensor? hand = null, run = null;
        var times = (Hand: default(Time), Run: default(Time));
        for (var turn = 0; turn < 2; turn++)
            if (turn == 0 == handFirst)
                using (no_grad())
                    times.Hand = Measure.Both(() => hand = byHand());
            else
                times.Run = Measure.Both(() => run = byExecutor());
        using (hand)
        using (run)
            if (isLast)
                Check(hand!, run!);
        return times;
    }

    private static Time Sum(Time a, Time b) => (a.Clock + b.Clock, a.Processor + b.Processor);

    private static void Report(string phase, int count, IEnumerable<(Time Hand, Time Run)> times)
    {
        var all = times.ToList();
        var (hand, run) = (Measure.Median(all.Select(t => t.Hand.Clock)), Measure.Median(all.Select(t => t.Run.Clock)));
        // The ratio of neighbouring rounds: a machine that is slower for a while is slower for both.
        var overhead = Measure.Median(all.Select(t => t.Run.Clock / t.Hand.Clock)) - 1;
        var work = Measure.Median(all.Select(t => t.Run.Processor / t.Hand.Processor)) - 1;
        Console.WriteLine($"  {phase,-8} by hand {count / hand,9:N1} tokens/s, {1e6 * hand / count,10:N0} us a token; executor {count / run,9:N1} tokens/s, {1e6 * run / count,10:N0} us a token; overhead {overhead:+0.0%;-0.0%}, in processor time {work:+0.0%;-0.0%}");
    }

    /// <summary>
    /// What two roundings of the same numbers may differ by, relative to the largest logit: each layer adds two rounded branches to the residual, errors add up
    /// like a random walk, and two standard deviations are allowed.
    /// </summary>
    private double Rounding => 2 * Math.Sqrt(2 * shape.Layers) * (dtype == ScalarType.BFloat16 ? Math.Pow(2, -8) : Math.Pow(2, -24));

    private void Check(Tensor byHand, Tensor run)
    {
        using var scope = NewDisposeScope();
        var difference = byHand.sub(run).abs().max();
        var largest = byHand.abs().max();
        if (!(difference.ToDouble() <= Rounding * largest.ToDouble()))
            throw new InvalidOperationException($"the executor's logits differ from those by hand by {difference.ToDouble()}, the largest is {largest.ToDouble()}");
    }
}
