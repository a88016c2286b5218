using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Generation;

/// <summary>
/// Chooses the next token of each row from its logits. The choice depends on the seed, the row's number, how many tokens were chosen before and the
/// logits alone: not on the device, and not on the other rows.
/// </summary>
public sealed class Sampler
{
    private readonly SamplerOptions _options;
    private ulong _drawn;

    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public Sampler(SamplerOptions? options = null)
    {
        _options = options ?? new SamplerOptions();
        if (_options.Problem is { } problem)
            throw new ArgumentException(problem, nameof(options));
    }

    /// <summary>The next token of each row.</summary>
    /// <param name="logits">[rows, vocab]</param>
    /// <exception cref="InvalidOperationException">A logit is not a number.</exception>
    public long[] Next(Tensor logits)
    {
        if (logits.dim() != 2)
            throw new ArgumentException($"logits are [rows, vocab], found [{string.Join(", ", logits.shape)}]", nameof(logits));
        var (rows, vocab) = ((int)logits.size(0), (int)logits.size(1));
        using var wide = logits.to(ScalarType.Float32, CPU);
        using var plain = wide.contiguous();
        var values = plain.data<float>().ToArray().AsSpan();
        var chosen = new long[rows];
        for (var row = 0; row < rows; row++)
            chosen[row] = Choose(values.Slice(row * vocab, vocab), row);
        _drawn++;
        return chosen;
    }

    private int Choose(ReadOnlySpan<float> logits, int row)
    {
        var best = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNaN(logits[i]))
                throw new InvalidOperationException($"the logit of token {i} in row {row} is not a number");
            if (logits[i] > logits[best])
                best = i;
        }
        return _options.Temperature == 0 ? best : Draw(logits, logits[best], Uniform(row));
    }

    /// <summary>The token at a share u of the cumulative probability, tokens in falling order of probability.</summary>
    private int Draw(ReadOnlySpan<float> logits, float largest, double u)
    {
        var weights = new double[logits.Length];
        var total = 0.0;
        for (var i = 0; i < weights.Length; i++)
            total += weights[i] = Math.Exp((logits[i] - largest) / _options.Temperature);
        // Tokens below this weight hold less than 1 - top-p together, so the nucleus lies among the others: few are sorted.
        var least = (1 - _options.TopP) * total / weights.Length;
        var kept = Enumerable.Range(0, weights.Length).Where(i => weights[i] >= least).ToArray();
        Array.Sort(Array.ConvertAll(kept, i => (-weights[i], i)), kept);

        var (nucleus, mass) = (0, 0.0);
        while (nucleus < kept.Length && mass < _options.TopP * total)
            mass += weights[kept[nucleus++]];
        var target = u * mass;
        for (var i = 0; i < nucleus; i++)
            if ((target -= weights[kept[i]]) < 0)
                return kept[i];
        return kept[nucleus - 1];
    }

    /// <summary>A number in [0, 1) from the seed, the row and the number of draws: SplitMix64 (Steele et al., 2014) of each in turn.</summary>
    private double Uniform(int row) => SplitMix64.Unit(SplitMix64.Join(_options.Seed, (ulong)row, _drawn));
}
