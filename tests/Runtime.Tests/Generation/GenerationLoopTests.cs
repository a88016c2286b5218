using Mllm.Runtime.Generation;
using Mllm.Runtime.Native;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Generation;

public class GenerationLoopTests
{
    public GenerationLoopTests() => TorchLibrary.Load();

    [Fact]
    public void Rows_end_on_their_own_and_are_fed_padding_after()
    {
        // What each row says at each position; 9 is the stop token.
        long[][] script = [[4, 5, 9, 1, 1], [6, 9, 1, 1, 1], [7, 7, 7, 7, 7]];
        var fed = new List<(long[] Tokens, int Index, bool[] Ended)>();
        var streamed = new List<GeneratedToken>();
        var result = GenerationLoop.Run(() => Say(0), s => { fed.Add((s.Tokens, s.Index, s.Ended)); return Say(s.Index + 1); }, new Sampler(),
            new GenerationOptions(4, new StopSequences([[9], [8]]), PadId: 3), streamed.Add);

        Assert.Equal<IEnumerable<long>>([4L, 5, 9], result.Rows[0].Ids);
        Assert.Equal<IEnumerable<long>>([6L, 9], result.Rows[1].Ids);
        Assert.Equal<IEnumerable<long>>([7L, 7, 7, 7], result.Rows[2].Ids);
        Assert.Equal([FinishReason.Stop, FinishReason.Stop, FinishReason.Length], result.Rows.Select(r => r.Finish));
        Assert.Equal(3, result.Steps);
        Assert.Equal([4L, 6, 7], fed[0].Tokens);
        Assert.Equal([5L, 3, 7], fed[1].Tokens);
        Assert.Equal([false, true, false], fed[1].Ended);
        Assert.Equal([3L, 3, 7], fed[2].Tokens);
        Assert.Equal([0, 1, 2], fed.Select(f => f.Index));
        Assert.Equal([new(0, 0, 4), new(1, 0, 6), new(2, 0, 7), new(0, 1, 5), new(2, 1, 7), new(2, 2, 7), new(2, 3, 7)], streamed);
        Assert.True(result.Prefill > TimeSpan.Zero && result.Decode > TimeSpan.Zero);

        Tensor Say(int position)
        {
            var logits = zeros(3, 10);
            for (var row = 0; row < 3; row++)
                logits[row, (int)script[row][position]] = 1;
            return logits;
        }
    }

    [Fact]
    public void A_stop_of_several_tokens_is_no_part_of_the_answer()
    {
        // The first row begins a stop, goes on otherwise and stops then; the second never completes one.
        long[][] script = [[5, 2, 2, 5, 2, 2, 2, 5], [2, 5, 6, 6, 6, 6, 2, 2]];
        var streamed = new List<GeneratedToken>();
        var result = GenerationLoop.Run(() => Say(0), s => Say(s.Index + 1), new Sampler(), new GenerationOptions(8, new StopSequences([[2, 2, 2], [6, 5]])), streamed.Add);

        Assert.Equal([(FinishReason.Stop, 3), (FinishReason.Length, 0)], result.Rows.Select(r => (r.Finish, r.StopLength)));
        Assert.Equal<IEnumerable<long>>([5L, 2, 2, 5], result.Rows[0].Answer);
        Assert.Equal<IEnumerable<long>>(script[1], result.Rows[1].Answer);
        foreach (var row in new[] { 0, 1 })
            Assert.Equal(result.Rows[row].Answer.Select((id, i) => new GeneratedToken(row, i, id)), streamed.Where(t => t.Row == row));

        Tensor Say(int position)
        {
            var logits = zeros(2, 10);
            for (var row = 0; row < 2; row++)
                logits[row, (int)script[row][position]] = 1;
            return logits;
        }
    }

    [Fact]
    public void One_token_needs_no_step()
    {
        var result = GenerationLoop.Run(() => ones(1, 2), _ => throw new InvalidOperationException("no step"), new Sampler(), new GenerationOptions(1));
        Assert.Equal<IEnumerable<long>>([0L], result.Rows[0].Ids);
        Assert.Null(result.StepsPerSecond);
    }

    [Fact]
    public void Cancelling_keeps_what_is_there()
    {
        using var source = new CancellationTokenSource();
        var result = GenerationLoop.Run(() => ones(2, 2), s => ones(2, 2), new Sampler(), new GenerationOptions(100),
            token => { if (token is { Row: 1, Index: 2 }) source.Cancel(); }, source.Token);
        Assert.All(result.Rows, row => Assert.Equal((3, FinishReason.Cancelled), (row.Ids.Length, row.Finish)));
    }

    [Fact]
    public void No_tokens_cannot_be_asked_for() =>
        Assert.StartsWith("the most tokens are 0, expected at least 1",
            Assert.Throws<ArgumentException>(() => GenerationLoop.Run(() => ones(1, 2), _ => ones(1, 2), new Sampler(), new GenerationOptions(0))).Message);
}
