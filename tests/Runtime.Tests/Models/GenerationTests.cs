using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>Whole generations by tiny models of every kind.</summary>
public class GenerationTests
{
    private static readonly Prompt[] Prompts = [Prompt.Of("5 17 23 8", []), Prompt.Of("7 * 11 19 4 3", 1), Prompt.Of("2 9 * 14 * 6 31 12 10", 2, 3)];

    public static TheoryData<string> All => [.. Settings.All];

    /// <summary>The prompts as a setting's model can take them.</summary>
    private static Prompt[] For(string setting) => [.. Prompts.Select(p => p.For(Settings.Program(setting)))];

    public static TheoryData<string> WithPictures => [.. Settings.WithPictures];

    [Theory]
    [MemberData(nameof(All))]
    public void What_depends_on_the_pictures_alone_is_computed_once(string setting)
    {
        using var model = new TinyModel(setting);
        var runs = model.Generate(12, For(setting)[2]).Runs;
        var takesPictures = !model.Program.Injections.IsEmpty;
        var expected = new Dictionary<string, int> { ["prefill"] = 1, ["step"] = 11, ["head"] = 12 };
        if (takesPictures)
            expected["encode"] = 1;
        if (model.Program.Graph.Entry("media") is not null)
            expected["media"] = 1;
        Assert.Equal(expected.OrderBy(e => e.Key), runs.OrderBy(e => e.Key));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Rows_of_a_padded_batch_are_what_they_are_alone(string setting)
    {
        // Words that follow the prompts, so that steps are compared too.
        long[][] following = [[21, 22, 23], [24, 25, 26]];
        var prompts = For(setting);
        using var model = new TinyModel(setting);
        using var wide = new TinyModel(setting, ScalarType.Float64);
        var (together, exact) = (model.Logits(prompts, following), wide.Logits(prompts, following));
        for (var row = 0; row < prompts.Length; row++)
        {
            long[][] own = [.. following.Select(f => new[] { f[row] })];
            Close(model.Logits([prompts[row]], own)[0], together[row], 1e-5, $"row {row}");
            Close(wide.Logits([prompts[row]], own)[0], exact[row], 1e-13, $"row {row} in double");
            Close(exact[row], together[row], 2e-5, $"row {row} against double");
        }
        var ids = wide.Generate(6, prompts).Generation.Rows.Select(r => string.Join(' ', r.Ids)).ToList();
        Assert.Equal(ids, prompts.Select(p => string.Join(' ', wide.Generate(6, p).Generation.Rows[0].Ids)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Cached_decoding_is_full_recomputation(string setting)
    {
        using var model = new TinyModel(setting, ScalarType.Float64);
        var prompt = For(setting)[2];
        var ids = model.Generate(6, prompt).Generation.Rows[0].Ids;
        var cached = model.Logits([prompt], [.. ids.Select(i => new[] { i })])[0];
        var whole = model.Logits([prompt.Then(ids)])[0];
        Close(whole, cached, 1e-13, "cached");
        // Greedy: each token is the best after the ones before it.
        var best = whole[^(ids.Length + 1)..^1].Select(l => (long)Array.IndexOf(l, l.Max()));
        Assert.Equal(best, ids);
    }

    /// <summary>Beams share a cache in which they change places; the search by the book computes every text anew.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Beams_over_a_cache_find_what_a_search_without_one_finds(string setting)
    {
        const int Tokens = 4, Beams = 3;
        using var model = new TinyModel(setting, ScalarType.Float64);
        var prompts = For(setting)[1..];       // the first is so short that more words would change the texts beside it
        var together = model.Generate(new GenerationOptions(Tokens) { Beams = Beams }, prompts).Generation.Rows.Select(r => string.Join(' ', r.Ids));
        Assert.Equal(prompts.Select(p => string.Join(' ', ByTheBook(model, p, Tokens, Beams))), together);
    }

    private static ImmutableArray<long> ByTheBook(TinyModel model, Prompt prompt, int tokens, int beams)
    {
        var texts = new List<(ImmutableArray<long> Ids, double Log)> { ([], 0) };
        for (var i = 0; i < tokens; i++)
            texts = [.. texts.SelectMany(t => LogSoftmax(model.Logits([t.Ids.IsEmpty ? prompt : prompt.Then(t.Ids)])[0][^1]).Select((log, id) => (Ids: t.Ids.Add(id), Log: t.Log + log)))
                .OrderByDescending(t => t.Log).Take(beams)];
        return texts[0].Ids;

        static double[] LogSoftmax(double[] logits)
        {
            var largest = logits.Max();
            var total = largest + Math.Log(logits.Sum(l => Math.Exp(l - largest)));
            return [.. logits.Select(l => l - total)];
        }
    }

    [Theory]
    [MemberData(nameof(WithPictures))]
    public void Another_picture_gives_other_logits(string setting)
    {
        using var model = new TinyModel(setting, ScalarType.Float64);
        double[][] Of(params int[] pictures) => model.Logits([(Prompts[2] with { Pictures = [.. pictures] }).For(model.Program)])[0];
        var logits = Of(2, 3);
        Assert.Equal(0, Distance(logits, Of(2, 3)));
        if (model.Program.Injections.All(i => i.Form == InjectionForm.Operand))
        {
            // Which comes first of several pictures says nothing to an attention over all of them.
            Assert.True(Distance(logits, Of(4, 3)) > 1e-3);
            return;
        }
        Assert.True(Distance(logits[^1..], Of(2, 4)[^1..]) > 1e-3);
        Assert.True(Distance(logits, Of(4, 3)) > 1e-3);
        Assert.True(Distance(logits, Of(3, 2)) > 1e-3);
    }

    [Theory]
    [InlineData(2, null, "the prompts have 2 pictures, 0 were given")]
    [InlineData(2, 0, "the prompts have 2 pictures, 0 were given")]
    [InlineData(2, 3, "the prompts have 2 pictures, 3 were given")]
    [InlineData(1, 2, "the prompts have 1 picture, 2 were given")]
    [InlineData(0, 1, "the prompts have 0 pictures, 1 were given")]
    public void Prompts_and_pictures_agree_in_number(int prompt, int? given, string message)
    {
        using var model = new TinyModel("architectures/llava.mllm|tiny");
        using var scope = NewDisposeScope();
        var pixels = given is { } count ? new Dictionary<string, Tensor> { ["vision"] = zeros(count, 3, 64, 64) } : null;
        Assert.Equal(message, Assert.Throws<InputException>(() => model.Model.Media([Prompts[prompt].LayOut(model.Program)], pixels, new RunContext())).Message);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Equal_seeds_give_equal_text(string setting)
    {
        string Text(ulong seed)
        {
            using var model = new TinyModel(setting, seed: seed);
            return string.Join(' ', model.Generate(8, For(setting)[1]).Generation.Rows[0].Ids);
        }

        Assert.Equal(Text(3), Text(3));
        Assert.NotEqual(Text(3), Text(4));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void In_bfloat16_logits_are_numbers_near_the_exact_ones(string setting)
    {
        using var half = new TinyModel(setting, ScalarType.BFloat16);
        using var wide = new TinyModel(setting, ScalarType.Float64);
        var prompt = For(setting)[2];
        var (found, exact) = (half.Logits([prompt], [21], [22])[0], wide.Logits([prompt], [21], [22])[0]);
        Assert.All(found.SelectMany(l => l), l => Assert.True(double.IsFinite(l)));
        // Eight bits of precision: the mean square of the differences is far below that of the logits, and above nothing.
        var error = Math.Sqrt(found.Zip(exact).Average(p => p.First.Zip(p.Second).Average(l => Math.Pow(l.First - l.Second, 2)))) / Deviation(exact);
        Assert.InRange(error, 1e-4, 0.2);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_generation_leaves_no_tensor_behind(string setting)
    {
        using var model = new TinyModel(setting);
        // What depends on parameters alone is computed in the first run and stays.
        model.Generate(4, For(setting));
        var live = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        model.Generate(4, For(setting));
        Assert.Equal(live, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    /// <summary>All positions agree within a fraction of the standard deviation.</summary>
    private static void Close(double[][] expected, double[][] found, double relative, string where)
    {
        Assert.Equal(expected.Length, found.Length);
        var distance = Distance(expected, found);
        Assert.True(distance <= relative, $"{where}: the logits differ by {distance:G3} of their standard deviation, allowed are {relative:G3}");
    }

    /// <summary>The largest difference, in standard deviations of the first; not a number where either has one that is none.</summary>
    private static double Distance(double[][] a, double[][] b) => a.Zip(b).SelectMany(r => r.First.Zip(r.Second)).Select(l => Math.Abs(l.First - l.Second)).Aggregate(Math.Max) / Deviation(a);

    private static double Deviation(double[][] values)
    {
        var all = values.SelectMany(v => v).ToList();
        var mean = all.Average();
        return Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
    }
}
