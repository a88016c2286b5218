using System.Collections.Immutable;
using Mllm.Runtime.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Evaluation;

/// <summary>Scores all pictures of a set with all its texts.</summary>
public static class ScoreMatrix
{
    /// <param name="entry">The entry of a task that gives a score.</param>
    /// <param name="pictures">By encoder: for each picture 3 * size * size normalised values.</param>
    /// <param name="texts">The tokens of each candidate by the text's name.</param>
    /// <param name="together">The most pictures, texts or pairs of one run.</param>
    /// <param name="progress">Told the share of the pairs that is done.</param>
    /// <returns>[pictures, texts]</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static double[,] Of(MultimodalModel model, string entry, IReadOnlyDictionary<string, ImmutableArray<float[]>> pictures, IReadOnlyList<IReadOnlyDictionary<string, long[]>> texts,
        int together, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var values = model.Scores(entry, PixelRows.Of(model.Program, [pictures]) ?? [], texts, null, together, cancellation, progress).to(ScalarType.Float32, CPU).contiguous();
        var (flat, scores) = (values.data<float>().ToArray(), new double[values.size(0), values.size(1)]);
        for (var i = 0; i < flat.Length; i++)
            scores[i / texts.Count, i % texts.Count] = flat[i];
        return scores;
    }
}
