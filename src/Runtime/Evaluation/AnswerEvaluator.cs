using System.Collections.Immutable;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Evaluation;

/// <summary>Lets a model answer samples, greedily, and measures its loss on their references. What a sample gives does not depend on those beside it, up to rounding.</summary>
/// <param name="options">The most tokens of an answer, and the tokens that end it.</param>
public sealed class AnswerEvaluator(MultimodalModel model, TextTokenizer tokenizer, GenerationOptions options)
{
    /// <summary>How many positions' logits over the whole vocabulary are computed at a time.</summary>
    private const int Together = 512;

    /// <summary>Answers a batch; the pictures are encoded once for the answers and the first references.</summary>
    /// <exception cref="InputException">A prompt does not fit the model.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ImmutableArray<EvaluatedAnswer> Run(ImmutableArray<EvaluationRow> rows, CancellationToken cancellation = default)
    {
        // The context bounds the longest prompt with its answer: another row's answer must not be cut short for it.
        if (rows.Length > 1 && model.Program.Context is { } most && rows.Max(r => r.Prompt.Length) + options.MaxTokens > most)
            return [.. rows.SelectMany(r => Run([r], cancellation))];
        using var scope = NewDisposeScope();
        using var media = Media(rows);
        var generated = PromptedGeneration.Run(model, [.. rows.Select(r => r.Prompt)], media, new Sampler(), options, cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested();
        var losses = Losses([.. rows.Select(r => r.References[0])], media);
        for (var k = 1; k < rows.Max(r => r.References.Length); k++)
        {
            int[] more = [.. Enumerable.Range(0, rows.Length).Where(i => rows[i].References.Length > k)];
            using var inner = NewDisposeScope();
            using var theirs = Media([.. more.Select(i => rows[i])]);
            foreach (var (i, loss) in more.Zip(Losses([.. more.Select(i => rows[i].References[k])], theirs)))
                losses[i] += loss;
        }
        return [.. generated.Rows.Select((g, i) => new EvaluatedAnswer(
            tokenizer.Decode(g.Answer, skipSpecial: true).Trim(), g.Finish, losses[i]))];
    }

    private MediaState? Media(ImmutableArray<EvaluationRow> rows)
    {
        var pixels = PixelRows.Of(model.Program, [.. rows.Select(r => r.Pixels)]);
        var texts = model.TextsOf("encode").ToDictionary(n => n, n => TextRows.Of([.. rows.Select(r => r.Texts[n])], model.Device));
        try
        {
            return model.Media([.. rows.Select(r => r.Prompt)], pixels, new RunContext(), texts);
        }
        finally
        {
            foreach (var given in texts.Values.Concat<IDisposable>(pixels?.Values ?? Enumerable.Empty<Tensor>()))
                given.Dispose();
        }
    }

    /// <summary>The cross-entropy of each row's answer given what stands before it.</summary>
    private TokenLoss[] Losses(ImmutableArray<ReferenceRow> rows, MediaState? media)
    {
        using var scope = NewDisposeScope();
        var layout = BatchLayout.Pad([.. rows.Select(r => r.Row)], left: false);
        var context = new RunContext();
        var hidden = model.Prefill(layout, media, context).flatten(0, 1);
        context.KeyMask?.Dispose();
        // A token is predicted at the position before it; the first of a sequence is not predicted at all.
        var places = rows.SelectMany((r, row) => r.Answer.Select((id, i) => (Row: row, At: r.Row.Length - r.Answer.Length + i - 1, Id: id))).Where(p => p.At >= 0)
            .Select(p => (p.Row, At: (long)p.Row * layout.Length + layout.Places[p.Row][p.At], p.Id)).ToList();
        var losses = new TokenLoss[rows.Length];
        foreach (var part in places.Chunk(Together))
        {
            using var inner = NewDisposeScope();
            var states = hidden.index_select(0, tensor(part.Select(p => p.At).ToArray(), device: model.Device)).unsqueeze(0);
            var logs = nn.functional.log_softmax(model.Logits(states, new RunContext()).squeeze(0).to(ScalarType.Float32), 1);
            var values = logs.gather(1, tensor(part.Select(p => p.Id).ToArray(), [part.Length, 1], device: model.Device)).to(CPU).contiguous().data<float>().ToArray();
            foreach (var (place, value) in part.Zip(values))
                losses[place.Row] += new TokenLoss(-(double)value, 1);
        }
        return losses;
    }
}
