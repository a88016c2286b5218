using System.Collections.Immutable;
using Mllm.Runtime.Data;
using Mllm.Runtime.Generation;

namespace Mllm.Runtime.Evaluation;

/// <summary>What a model said of a sample, beside what is right.</summary>
/// <param name="Sample">The first record of those with the same pictures and question.</param>
/// <param name="User">What the user said; null for the task's own text.</param>
/// <param name="References">All answers that count as right.</param>
public sealed record Prediction(Sample Sample, string? User, string Text, ImmutableArray<string> References, FinishReason Finish, TokenLoss Loss)
{
    public double ExactMatch { get; } = AnswerMetrics.ExactMatch(Text, References);

    public double TokenF1 { get; } = AnswerMetrics.TokenF1(Text, References);
}

/// <summary>The figures of predictions.</summary>
public static class PredictionFigures
{
    /// <summary>Exact match, token F1, BLEU-1 to 4, CIDEr-D, loss and perplexity.</summary>
    public static ImmutableArray<Figure> Of(IReadOnlyCollection<Prediction> predictions)
    {
        CaptionPair[] pairs = [.. predictions.Select(p => CaptionPair.Of(p.Text, p.References))];
        return
        [
            .. Answers(predictions),
            .. Bleu.Of(pairs).Scores.Select((s, i) => new Figure($"BLEU-{i + 1}", s, pairs.Length, "samples")),
            new("CIDEr-D", Cider.Of(pairs).Score, pairs.Length, "samples"),
            .. Losses(predictions),
        ];
    }

    /// <summary>Exact match, token F1 and loss for each value of a field, in the order of the values; samples without the field stand under an empty one.</summary>
    public static ImmutableArray<FigureGroup> By(string field, IEnumerable<Prediction> predictions) =>
    [
        .. predictions.GroupBy(p => p.Sample.Fields.GetValueOrDefault(field, "")).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new FigureGroup(g.Key, [.. Answers([.. g]), Losses([.. g])[0]])),
    ];

    private static ImmutableArray<Figure> Answers(IReadOnlyCollection<Prediction> of) =>
    [
        new("exact match", Mean(of.Select(p => p.ExactMatch)), of.Count, "samples"),
        new("token F1", Mean(of.Select(p => p.TokenF1)), of.Count, "samples"),
    ];

    private static ImmutableArray<Figure> Losses(IEnumerable<Prediction> of)
    {
        var loss = of.Aggregate(default(TokenLoss), (sum, p) => sum + p.Loss);
        return [new("loss", loss.Mean, loss.Tokens, "tokens"), new("perplexity", loss.Perplexity, loss.Tokens, "tokens")];
    }

    private static double? Mean(IEnumerable<double> values) => values.Select(v => (double?)v).Average();
}
