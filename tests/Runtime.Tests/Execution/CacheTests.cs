using Mllm.Runtime.Execution;
using Mllm.Runtime.Model;
using Mllm.Runtime.Tests.Kernels;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Execution;

public class CacheTests
{
    private static readonly long[] Ids = [3, 14, 1, 5, 9, 2, 6, 5, 3, 5, 8, 18, 7];

    /// <summary>Relative to the largest logit: a few roundings through two layers of 16 terms.</summary>
    private static double Tolerance(ScalarType dtype) => dtype == ScalarType.Float64 ? 1e-12 : 1e-6;

    public static TheoryData<string, ScalarType> Kinds
    {
        get
        {
            var data = new TheoryData<string, ScalarType>();
            foreach (var positions in new[] { "rope", "alibi", "relative", "distances", "prefix" })
                foreach (var dtype in new[] { ScalarType.Float64, ScalarType.Float32 })
                    data.Add(positions, dtype);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decoding_step_by_step_equals_computing_everything_anew(string positions, ScalarType dtype)
    {
        using var model = Graphs.Model(TinyDecoder.Graph(positions), dtype);
        var executor = Graphs.Guarded(model);
        var whole = Whole(executor, Ids);

        using var cache = new KvCache(capacity: 64);
        var context = new RunContext { Cache = cache };
        Same(whole, 0, Run(executor, "prefill", context, [Ids[..4]], [[0, 1, 2, 3]]), dtype);
        context.Phase = Phase.Decode;
        for (var i = 4; i < 9; i++)
            Same(whole, i, Run(executor, "step", context, [[Ids[i]]], [[i]]), dtype);
        // Several positions at once after others: the mask is neither plain causality nor a single row.
        Same(whole, 9, Run(executor, "step", context, [Ids[9..]], [[9, 10, 11, 12]]), dtype);
        Assert.Equal(Ids.Length, cache.Length);
        Assert.Equal(6, context.Runs["step"]);
        Assert.Equal(1, context.Runs["prefill"]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Rows_of_a_padded_batch_equal_single_runs(string positions, ScalarType dtype)
    {
        using var model = Graphs.Model(TinyDecoder.Graph(positions), dtype);
        var executor = Graphs.Guarded(model);
        long[][] prompts = [[3, 14, 1, 5, 9], [2, 6], [7]];
        long[][] answers = [[1, 4, 8], [10, 11, 3], [16, 0, 2]];
        foreach (var padsBefore in new[] { true, false })
        {
            var width = prompts.Max(p => p.Length);
            var real = prompts.Select(p => Enumerable.Range(0, width).Select(i => padsBefore ? i >= width - p.Length : i < p.Length).ToArray()).ToArray();
            using var cache = new KvCache(64);
            var context = new RunContext { Cache = cache, KeyMask = Mask(real) };
            var ids = prompts.Zip(real).Select(r => Spread(r.First, r.Second)).ToArray();
            var at = real.Select(r => Spread([.. Enumerable.Range(0, r.Count(x => x)).Select(i => (long)i)], r)).ToArray();
            var prefill = Run(executor, "prefill", context, ids, at);
            Assert.All(prefill.Data, x => Assert.True(double.IsFinite(x)));
            for (var row = 0; row < prompts.Length; row++)
            {
                var single = Whole(executor, prompts[row]);
                for (var i = 0; i < prompts[row].Length; i++)
                    Same(single, i, prefill.Row(row), padsBefore ? width - prompts[row].Length + i : i, dtype);
            }
            for (var step = 0; step < 3; step++)
            {
                context.KeyMask = Mask([.. real.Select(r => r.Concat(Enumerable.Repeat(true, step + 1)).ToArray())]);
                var logits = Run(executor, "step", context, [.. answers.Select(a => new[] { a[step] })], [.. prompts.Select(p => new[] { (long)p.Length + step })]);
                for (var row = 0; row < prompts.Length; row++)
                    Same(Whole(executor, [.. prompts[row], .. answers[row][..(step + 1)]]), prompts[row].Length + step, logits.Row(row), 0, dtype);
            }
        }

        static long[] Spread(long[] values, bool[] real)
        {
            var next = 0;
            return [.. real.Select(r => r ? values[next++] : 0)];
        }
    }

    [Fact]
    public void Bfloat16_padding_gives_numbers()
    {
        using var model = Graphs.Model(TinyDecoder.Graph("alibi"), ScalarType.BFloat16);
        using var cache = new KvCache(64);
        var context = new RunContext { Cache = cache, KeyMask = Mask([[false, false, true], [true, true, true]]) };
        Assert.All(Run(Graphs.Guarded(model), "prefill", context, [[0, 0, 5], [1, 2, 3]], [[0, 0, 0], [0, 1, 2]]).Data, x => Assert.True(double.IsFinite(x)));
    }

    [Fact]
    public void Rows_leave_and_positions_are_forgotten()
    {
        using var model = Graphs.Model(TinyDecoder.Graph());
        var executor = Graphs.Guarded(model);
        using var cache = new KvCache(64);
        var context = new RunContext { Cache = cache };
        Run(executor, "prefill", context, [[1, 2, 3], [4, 5, 6]], [[0, 1, 2], [0, 1, 2]]);
        using var second = tensor(new long[] { 1 });
        cache.Select(second);
        Same(Whole(executor, [4, 5, 6, 7]), 3, Run(executor, "step", context, [[7]], [[3]]), ScalarType.Float64);
        cache.Truncate(2);
        Same(Whole(executor, [4, 5, 9]), 2, Run(executor, "step", context, [[9]], [[2]]), ScalarType.Float64);
        cache.Clear();
        Same(Whole(executor, [8, 8]), 0, Run(executor, "prefill", context, [[8, 8]], [[0, 1]]), ScalarType.Float64);
    }

    [Fact]
    public void A_full_cache_says_so_and_keeps_what_it_had()
    {
        using var model = Graphs.Model(TinyDecoder.Graph());
        var executor = Graphs.Guarded(model);
        using var cache = new KvCache(capacity: 5);
        var context = new RunContext { Cache = cache };
        Run(executor, "prefill", context, [[1, 2, 3, 4]], [[0, 1, 2, 3]]);
        var error = Assert.Throws<InvalidOperationException>(() => Run(executor, "step", context, [[5, 6]], [[4, 5]]));
        Assert.Equal("the KV cache holds at most 5 positions; 4 are there and 2 come", error.Message);
        Assert.Equal(4, cache.Length);
        Same(Whole(executor, [1, 2, 3, 4, 5]), 4, Run(executor, "step", context, [[5]], [[4]]), ScalarType.Float64);
        // Two layers, keys and values: 2 heads · 5 positions · 4 numbers of 8 bytes.
        Assert.Equal(2 * 2 * (2 * 5 * 4) * 8, cache.Bytes);
    }

    [Fact]
    public void A_key_mask_of_another_length_is_refused()
    {
        using var model = Graphs.Model(TinyDecoder.Graph());
        using var cache = new KvCache(8);
        var context = new RunContext { Cache = cache, KeyMask = Mask([[true, true]]) };
        var error = Assert.Throws<InvalidOperationException>(() => Run(Graphs.Guarded(model), "prefill", context, [[1, 2, 3]], [[0, 1, 2]]));
        Assert.Equal("the key mask is Bool [1, 2], the attention has 1 rows and 3 keys", error.Message);
    }

    /// <summary>Logits [n, vocab] of one sequence, without a cache.</summary>
    private static Nd Whole(Executor executor, long[] ids) => Run(executor, "prefill", new RunContext(), [ids], [[.. Enumerable.Range(0, ids.Length).Select(i => (long)i)]]).Row(0);

    private static Nd Run(Executor executor, string entry, RunContext context, long[][] ids, long[][] positions)
    {
        using var x = Ids2(ids);
        using var at = Ids2(positions);
        using var logits = executor.Run(entry, [x, at], context)[0];
        return Nd.Of(logits);
    }

    private static Tensor Ids2(long[][] rows) => tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length]);

    private static Tensor Mask(bool[][] rows) => tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length]);

    private static void Same(Nd whole, int from, Nd found, ScalarType dtype)
    {
        for (var i = 0; i < found.Shape[1]; i++)
            Same(whole, from + i, found.Row(0), i, dtype);
    }

    private static void Same(Nd whole, int position, Nd found, int at, ScalarType dtype) =>
        KernelCheck.AssertClose(whole.Row(position), found.Row(at), Tolerance(dtype) * whole.Data.Max(Math.Abs), $"position {position}");
}
