using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

public sealed partial class MultimodalModel
{
    /// <summary>About how much of the pictures' numbers one run takes, where pairs are cheap.</summary>
    private const long RunBytes = 16L << 20;

    /// <summary>
    /// The scores of all pictures with all texts. Where the program has the score's parts (<see cref="Compiler.Passes.ScoringGraph"/>), each picture is encoded once, and each text
    /// once; what is left is computed for each pair: all pictures at once with each text where that takes no parameters, such as a product of vectors. Texts of one length run together,
    /// so that none is padded.
    /// </summary>
    /// <param name="entry">The entry of a task that scores one picture and its texts.</param>
    /// <param name="pixels">By encoder: [pictures, 3, height, width], or with an axis of frames before the 3; empty for a score of texts alone.</param>
    /// <param name="texts">The tokens by the text's name, for each column.</param>
    /// <param name="together">The most pictures, texts or pairs of one run.</param>
    /// <param name="progress">Told the share of the pairs that is done.</param>
    /// <returns>[pictures, texts], in the model's element type; the caller disposes. A score of texts alone has one row.</returns>
    public Tensor Scores(string entry, IReadOnlyDictionary<string, Tensor> pixels, IReadOnlyList<IReadOnlyDictionary<string, long[]>> texts, RunContext? context = null, int together = 64,
        CancellationToken cancellation = default, Action<double>? progress = null)
    {
        context ??= new RunContext();
        context.Masks = null;
        using var scope = NewDisposeScope();
        var pairs = program.Graph.Entry($"{entry}.pairs") is null ? entry : $"{entry}.pairs";
        var pictures = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (encoder, picture) in pixels)
            (pictures[EntryInputs.Pixels], pictures[EntryInputs.PixelsOf(encoder)]) = (picture, picture);
        var count = program.TakesPictures(entry) ? (int)pixels.Values.First().size(0) : 1;
        var early = Add($"{entry}.pictures", pictures, count, 0);
        var done = 0L;
        var isLight = pictures.Count > 0 && IsLight(program.Graph.Entry(pairs)!.Function);
        var scores = zeros([count, texts.Count], weights.Dtype, Device);
        foreach (var alike in Enumerable.Range(0, texts.Count).GroupBy(i => string.Join(",", texts[i].OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Value.Length))))
            foreach (var columns in alike.Chunk(together))
            {
                using var inner = NewDisposeScope();
                var read = texts[columns[0]].Keys.ToDictionary(n => EntryInputs.Text + n,
                    n => tensor(columns.SelectMany(c => texts[c][n]).ToArray(), [columns.Length, texts[columns[0]][n].Length], device: Device), StringComparer.Ordinal);
                Add($"{entry}.texts", read, columns.Length, early);
                if (isLight)
                {
                    ByText(columns, read);
                    continue;
                }
                foreach (var cells in Enumerable.Range(0, count * columns.Length).Chunk(together))
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var run = NewDisposeScope();
                    var (row, column) = (Index(cells, i => i % count), Index(cells, i => i / count));
                    Tensor[] inputs = [.. Inputs(pairs).Select(n => pictures.TryGetValue(n, out var p) ? p.index_select(0, row) : read[n].index_select(0, column))];
                    var values = Executor.Run(pairs, inputs, context)[0];
                    scores.index_put_(values, row, Index(cells, i => columns[i / count]));
                    progress?.Invoke((double)(done += cells.Length) / ((long)count * texts.Count));
                }
            }
        return scores.MoveToOuterDisposeScope();

        // Each text with all pictures, or as many of them as fit into some memory: nothing is copied for a pair.
        void ByText(int[] columns, Dictionary<string, Tensor> read)
        {
            var values = program.Graph.Function(program.Graph.Entry(pairs)!.Function).Inputs;
            ImmutableArray<int> shared = [.. Enumerable.Range(0, values.Length).Where(i => !pictures.ContainsKey(values[i].Name) && values[i].Type.Kind == ElementKind.Float)];
            var row = values.Where(v => pictures.ContainsKey(v.Name)).Sum(v => pictures[v.Name].numel() * pictures[v.Name].element_size()) / Math.Max(1, count);
            var most = Math.Max(together, RunBytes / Math.Max(1, row));
            for (var at = 0; at < columns.Length; at++)
                for (var first = 0L; first < count; first += most)
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var run = NewDisposeScope();
                    var rows = Math.Min(most, count - first);
                    Tensor[] inputs = [.. values.Select((v, i) => pictures.TryGetValue(v.Name, out var p) ? p.narrow(0, first, rows)
                        : shared.Contains(i) ? read[v.Name].select(0, at) : read[v.Name].narrow(0, at, 1).expand([rows, .. read[v.Name].shape[1..]]))];
                    scores.narrow(0, first, rows).select(1, columns[at]).copy_(Executor.Run(pairs, inputs, context, shared)[0]);
                    progress?.Invoke((double)(done += rows) / ((long)count * texts.Count));
                }
        }

        // Runs a part that has an entry for some rows at a time, and adds what it gives under the names that the pairs take.
        int Add(string part, Dictionary<string, Tensor> known, int rows, int first)
        {
            if (program.Graph.Entry(part) is null)
                return first;
            var runs = Enumerable.Range(0, rows).Chunk(together).Select(at =>
            {
                cancellation.ThrowIfCancellationRequested();
                return Executor.Run(part, [.. Inputs(part).Select(n => known[n].narrow(0, at[0], at.Length))], context);
            }).ToList();
            for (var i = 0; i < runs[0].Length; i++)
                known[$"{Compiler.Passes.Hoisting.Early}{first + i}"] = runs.Count == 1 ? runs[0][i] : cat([.. runs.Select(r => r[i])], 0);
            return first + runs[0].Length;
        }

        Tensor Index(int[] cells, Func<int, int> of) => tensor(Array.ConvertAll(cells, c => (long)of(c)), device: Device);
    }

    /// <summary>Whether a function has nothing of the size of a layer: no parameters, and no attention.</summary>
    private bool IsLight(string function) => program.Graph.Function(function).Nodes.All(node => node switch
    {
        OpNode op => op.Op is not AttentionOp && op.Op.Parameters(op.Attributes).IsEmpty,
        CallNode call => IsLight(call.Callee),
        _ => false,
    });

    private IEnumerable<string> Inputs(string entry) => program.Graph.Function(program.Graph.Entry(entry)!.Function).Inputs.Select(i => i.Name);
}
