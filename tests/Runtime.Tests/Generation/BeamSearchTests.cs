using System.Collections.Immutable;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Native;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Generation;

/// <summary>Searches in small languages, whose next token depends on all tokens before it.</summary>
public class BeamSearchTests
{
    private const int Vocab = 4, Stop = 3, MaxTokens = 5;

    public BeamSearchTests() => TorchLibrary.Load();

    /// <summary>As many beams as there are unfinished texts leave nothing out.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void With_enough_beams_the_likeliest_text_is_found(int language)
    {
        var found = Search(81, language, language + 10);
        Assert.Equal([.. new[] { language, language + 10 }.Select(l => string.Join(' ', Likeliest(l, [], 0).Ids))], found.Rows.Select(r => string.Join(' ', r.Ids)));
    }

    [Fact]
    public void A_text_ends_at_its_stop_or_at_the_most_tokens()
    {
        var rows = Enumerable.Range(1, 20).Select(l => Search(4, l).Rows[0]).ToList();
        Assert.All(rows.Where(r => r.Finish == FinishReason.Stop), r => Assert.Equal((Stop, 1, -1), (r.Ids[^1], r.StopLength, r.Answer.IndexOf(Stop))));
        Assert.All(rows.Where(r => r.Finish != FinishReason.Stop), r => Assert.Equal((FinishReason.Length, MaxTokens, 0), (r.Finish, r.Ids.Length, r.StopLength)));
        Assert.Equal(2, rows.Select(r => r.Finish).Distinct().Count());
    }

    [Fact]
    public void The_texts_are_given_in_the_end_without_their_stops()
    {
        var given = new List<GeneratedToken>();
        var found = Search(4, given.Add, 1, 2, 3);
        Assert.Equal(found.Rows.SelectMany((r, row) => r.Answer.Select((id, i) => new GeneratedToken(row, i, id))), given);
    }

    [Fact]
    public void Cancelling_keeps_the_likeliest_so_far()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var found = BeamSearch.Run(() => zeros(1, 2), _ => { }, _ => throw new InvalidOperationException("no step"), new GenerationOptions(5) { Beams = 2 }, cancellation: source.Token);
        Assert.Equal((FinishReason.Cancelled, 1), (found.Rows[0].Finish, found.Rows[0].Ids.Length));
    }

    private static GenerationResult Search(int beams, params int[] languages) => Search(beams, _ => { }, languages);

    /// <summary>A model that remembers nothing but the texts of its rows.</summary>
    private static GenerationResult Search(int beams, Action<GeneratedToken> onToken, params int[] languages)
    {
        var texts = languages.Select(l => (Language: l, Ids: ImmutableArray<long>.Empty)).ToArray();
        var options = new GenerationOptions(MaxTokens, new StopSequences([[Stop]])) { Beams = beams };
        return BeamSearch.Run(() => Rows(), parents => texts = Array.ConvertAll(parents, p => texts[p]), step =>
        {
            texts = [.. texts.Select((t, row) => (t.Language, t.Ids.Add(step.Tokens[row])))];
            return Rows();
        }, options, onToken);

        Tensor Rows() => tensor(texts.SelectMany(t => Logits(t.Language, t.Ids)).ToArray(), [texts.Length, Vocab]);
    }

    private static float[] Logits(int language, IReadOnlyList<long> text)
    {
        var random = new Random(text.Aggregate(language, (hash, id) => hash * 31 + (int)id + 1));
        // In every fifth language texts hardly ever end.
        return [.. Enumerable.Range(0, Vocab).Select(id => 3 * random.NextSingle() - (id == Stop && language % 5 == 0 ? 9 : 0))];
    }

    /// <summary>The best of all texts.</summary>
    private static (ImmutableArray<long> Ids, double Log) Likeliest(int language, ImmutableArray<long> text, double log)
    {
        if (text.Length == MaxTokens || text.Length > 0 && text[^1] == Stop)
            return (text, log);
        var logits = Logits(language, text);
        var total = Math.Log(logits.Sum(l => Math.Exp(l)));
        return Enumerable.Range(0, Vocab).Select(id => Likeliest(language, text.Add(id), log + logits[id] - total)).MaxBy(t => t.Log);
    }
}
