using System.Collections.Immutable;
using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Generation;

/// <summary>
/// Looks for the likeliest text of each prompt by keeping several unfinished ones, the beams, side by side (Sutskever et al., 2014, section 3.2). What counts is the sum of the
/// tokens' log-probabilities, the stop's included. As that can only fall, a prompt is done when no beam is likelier than its best finished text.
/// </summary>
public static class BeamSearch
{
    /// <summary>Runs one generation.</summary>
    /// <param name="prefill">Gives the logits [prompts, vocab] after the prompts. The search disposes them, and those of the steps.</param>
    /// <param name="select">Makes the rows named, in that order, those of the next step: first each prompt's row as often as there are beams, later beams in place of others of their prompt.</param>
    /// <param name="step">Takes in one token of each row and gives the logits [prompts · beams, vocab] after it.</param>
    /// <param name="onToken">Called with the tokens of each prompt's text in the end.</param>
    /// <param name="cancellation">Ends the search after the step that is running, with the likeliest texts so far.</param>
    /// <exception cref="ArgumentException">The options ask for no tokens or no beams.</exception>
    public static GenerationResult Run(Func<Tensor> prefill, Action<long[]> select, Func<DecodeStep, Tensor> step, GenerationOptions options,
        Action<GeneratedToken>? onToken = null, CancellationToken cancellation = default)
    {
        if (options.MaxTokens < 1 || options.Beams < 1)
            throw new ArgumentException($"the most tokens are {options.MaxTokens} and the beams {options.Beams}, expected at least 1 of each", nameof(options));
        var clock = Stopwatch.StartNew();
        var beams = options.Beams;
        var next = Likeliest(prefill, 2 * beams);
        var searches = Array.ConvertAll(next, _ => new Search(options));
        var parents = searches.SelectMany((s, i) => s.Advance([next[i]]).Select(_ => (long)i)).ToArray();
        var prefilled = clock.Elapsed;

        var steps = 0;
        while (!cancellation.IsCancellationRequested && Array.Exists(searches, s => !s.IsDone))
        {
            select(parents);
            var ended = searches.SelectMany(s => Enumerable.Repeat(s.IsDone, beams)).ToArray();
            long[] tokens = [.. searches.SelectMany(s => s.Last(options.PadId))];
            next = Likeliest(() => step(new DecodeStep(tokens, steps, ended)), 2 * beams);
            steps++;
            parents = [.. searches.SelectMany((s, i) => s.Advance(next[(i * beams)..((i + 1) * beams)]).Select(p => (long)i * beams + p))];
        }
        var rows = searches.Select(s => s.Best(cancellation.IsCancellationRequested)).ToImmutableArray();
        for (var row = 0; row < rows.Length; row++)
            for (var i = 0; i < rows[row].Answer.Length; i++)
                onToken?.Invoke(new GeneratedToken(row, i, rows[row].Answer[i]));
        return new GenerationResult(rows, prefilled, clock.Elapsed - prefilled, steps);
    }

    /// <summary>The likeliest next tokens of each row, in falling order, with their log-probabilities.</summary>
    private static (long Token, double Log)[][] Likeliest(Func<Tensor> logits, int count)
    {
        using var given = logits();
        using var scope = NewDisposeScope();
        var logs = given.to(ScalarType.Float32, CPU).log_softmax(-1);
        var k = (int)Math.Min(count, logs.size(1));
        var (values, indices) = logs.topk(k, -1);
        var (log, token) = (values.contiguous().data<float>().ToArray(), indices.contiguous().data<long>().ToArray());
        if (Array.FindIndex(log, float.IsNaN) is >= 0 and var wrong)
            throw new InvalidOperationException($"a logit of row {wrong / k} is not a number");
        return [.. Enumerable.Range(0, (int)logs.size(0)).Select(row => Enumerable.Range(row * k, k).Select(i => (token[i], (double)log[i])).ToArray())];
    }

    /// <summary>A text that is being looked at, with the sum of its tokens' log-probabilities.</summary>
    private sealed record Text(ImmutableList<long> Ids, double Log);

    /// <summary>The search of one prompt.</summary>
    private sealed class Search(GenerationOptions options)
    {
        private readonly StopSequences _stops = options.Stops ?? StopSequences.None;
        private ImmutableArray<Text> _beams = [new Text([], 0)];
        private (Text Text, int Stop)? _finished;

        public bool IsDone { get; private set; }

        /// <summary>The last token of each beam.</summary>
        public IEnumerable<long> Last(long padding) => IsDone ? Enumerable.Repeat(padding, options.Beams) : _beams.Select(b => b.Ids[^1]);

        /// <summary>Goes on by one token.</summary>
        /// <param name="next">For each beam its likeliest next tokens.</param>
        /// <returns>For each new beam the old one that it goes on from.</returns>
        public IEnumerable<int> Advance((long Token, double Log)[][] next)
        {
            if (IsDone)
                return Enumerable.Range(0, options.Beams);
            var open = new List<(Text Text, int Parent)>();
            // Equal ones in the order of their beams and tokens, so that the choice does not depend on how they are sorted.
            foreach (var (text, parent) in _beams.SelectMany((beam, i) => next[i].Select(n => (Text: new Text(beam.Ids.Add(n.Token), beam.Log + n.Log), Parent: i))).OrderByDescending(c => c.Text.Log))
            {
                if (_stops.Ending(text.Ids) is > 0 and var stop)
                    _finished = _finished is { } best && best.Text.Log >= text.Log ? best : (text, stop);
                else if (open.Count < options.Beams)
                    open.Add((text, parent));
            }
            // A vocabulary of a few tokens may leave fewer: the last one stands for them.
            while (open.Count < options.Beams)
                open.Add(open.Count > 0 ? (open[^1].Text with { Log = double.NegativeInfinity }, open[^1].Parent) : (new Text([options.PadId], double.NegativeInfinity), 0));
            _beams = [.. open.Select(o => o.Text)];
            IsDone = _finished is { } found && found.Text.Log >= _beams[0].Log || _beams[0].Ids.Count >= options.MaxTokens;
            return open.Select(o => o.Parent);
        }

        /// <summary>The likeliest text, which may be one that reached the most tokens; where the search was cancelled a finished one if there is any.</summary>
        public GeneratedRow Best(bool isCancelled) => _finished is { } found && (found.Text.Log >= _beams[0].Log || isCancelled && !IsDone)
            ? new GeneratedRow([.. found.Text.Ids], FinishReason.Stop, found.Stop)
            : new GeneratedRow([.. _beams[0].Ids], isCancelled && !IsDone ? FinishReason.Cancelled : FinishReason.Length);
    }
}
