namespace Mllm.Runtime.Evaluation;

/// <summary>
/// Cross-entropies of tokens, summed: the mean is over all tokens, whatever batches they came in, and the perplexity is exp(mean) (Jelinek et al., 1977).
/// </summary>
/// <param name="Sum">In nats.</param>
public readonly record struct TokenLoss(double Sum, long Tokens)
{
    /// <summary>Nats for each token; null without tokens.</summary>
    public double? Mean => Tokens == 0 ? null : Sum / Tokens;

    public double? Perplexity => Mean is { } mean ? Math.Exp(mean) : null;

    public static TokenLoss operator +(TokenLoss a, TokenLoss b) => new(a.Sum + b.Sum, a.Tokens + b.Tokens);
}
