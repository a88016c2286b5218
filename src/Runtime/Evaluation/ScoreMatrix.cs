using System.Collections.Immutable;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Evaluation;

/// <summary>Scores all pictures of a set with all its texts.</summary>
public static class ScoreMatrix
{
    /// <param name="entry">The entry of a task that gives a score.</param>
    /// <param name="pictures">By encoder: the pictures, one after another.</param>
    /// <param name="texts">The tokens of each candidate by the text's name.</param>
    /// <param name="batch">How many pairs are scored together.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <returns>[pictures, texts]</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static double[,] Of(MultimodalModel model, string entry, IReadOnlyDictionary<string, ImmutableArray<float[]>> pictures, IReadOnlyList<IReadOnlyDictionary<string, long[]>> texts,
        int batch, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var count = pictures.Values.Select(p => p.Length).FirstOrDefault(1);
        var scores = new double[count, texts.Count];
        for (var start = 0; start < count; start += batch)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(batch, count - start);
            var pixels = PixelRows.Of(model.Program, [.. Enumerable.Range(start, rows).Select(i => pictures.ToDictionary(p => p.Key, p => (ImmutableArray<float[]>)[p.Value[i]]))]) ?? [];
            for (var t = 0; t < texts.Count; t++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                var said = texts[t].ToDictionary(n => n.Key, n => TextRows.Of([.. Enumerable.Repeat(n.Value, rows)], model.Device));
                var values = model.Output(entry, pixels, new RunContext(), said).to(ScalarType.Float32, CPU).contiguous().data<float>().ToArray();
                for (var i = 0; i < rows; i++)
                    scores[start + i, t] = values[i];
                progress?.Invoke(((double)start * texts.Count + (t + 1) * rows) / ((double)count * texts.Count));
            }
        }
        return scores;
    }
}
