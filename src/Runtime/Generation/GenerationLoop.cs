using System.Diagnostics;
using static TorchSharp.torch;

namespace Mllm.Runtime.Generation;

/// <summary>Generates token after token: logits, a choice for each row, the next step, until every row has ended.</summary>
public static class GenerationLoop
{
    /// <summary>Runs one generation.</summary>
    /// <param name="prefill">Gives the logits [rows, vocab] after the prompts. The loop disposes them, and those of the steps.</param>
    /// <param name="step">Takes in one token of each row and gives the logits [rows, vocab] after it.</param>
    /// <param name="onToken">Called with each token of an answer as soon as it can be no part of a stop, row by row.</param>
    /// <param name="cancellation">Ends the rows that go on after the step that is running.</param>
    /// <exception cref="ArgumentException">The options ask for no tokens.</exception>
    public static GenerationResult Run(
        Func<Tensor> prefill, Func<DecodeStep, Tensor> step, Sampler sampler, GenerationOptions options,
        Action<GeneratedToken>? onToken = null, CancellationToken cancellation = default)
    {
        if (options.MaxTokens < 1)
            throw new ArgumentException($"the most tokens are {options.MaxTokens}, expected at least 1", nameof(options));
        var clock = Stopwatch.StartNew();
        var chosen = Choose(prefill, sampler);
        var rows = Array.ConvertAll(chosen, _ => new List<long>());
        var finish = new FinishReason?[rows.Length];
        var (stops, stopped, given) = (options.Stops ?? StopSequences.None, new int[rows.Length], new int[rows.Length]);
        Take();
        var prefilled = clock.Elapsed;

        var steps = 0;
        while (Array.Exists(finish, f => f is null))
        {
            var (tokens, ended) = (Array.ConvertAll(rows, r => r[^1]), Array.ConvertAll(finish, f => f is not null));
            for (var row = 0; row < rows.Length; row++)
                if (ended[row])
                    tokens[row] = options.PadId;
            chosen = Choose(() => step(new DecodeStep(tokens, steps, ended)), sampler);
            steps++;
            Take();
        }
        return new GenerationResult([.. rows.Select((ids, row) => new GeneratedRow([.. ids], finish[row]!.Value, stopped[row]))], prefilled, clock.Elapsed - prefilled, steps);

        void Take()
        {
            for (var row = 0; row < rows.Length; row++)
            {
                if (finish[row] is not null)
                    continue;
                rows[row].Add(chosen[row]);
                stopped[row] = stops.Ending(rows[row]);
                finish[row] = stopped[row] > 0 ? FinishReason.Stop : rows[row].Count == options.MaxTokens ? FinishReason.Length : null;
                Give(row);
            }
            for (var row = 0; row < rows.Length && cancellation.IsCancellationRequested; row++)
                if (finish[row] is null)
                {
                    finish[row] = FinishReason.Cancelled;
                    Give(row);
                }
        }

        void Give(int row)
        {
            var kept = finish[row] is null ? stops.Open(rows[row]) : stopped[row];
            for (; given[row] < rows[row].Count - kept; given[row]++)
                onToken?.Invoke(new GeneratedToken(row, given[row], rows[row][given[row]]));
        }
    }

    private static long[] Choose(Func<Tensor> logits, Sampler sampler)
    {
        using var given = logits();
        return sampler.Next(given);
    }
}
