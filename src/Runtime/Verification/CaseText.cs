using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Runtime.Verification;

/// <summary>One sequence of a reference, without padding and with one placeholder for each picture.</summary>
/// <param name="Labels">What is to be predicted at each of the ids, or null.</param>
/// <param name="Prompt">How many of the ids stand there before a generation starts.</param>
/// <param name="Images">How many pictures the sequence has; null for as many as it has placeholders.</param>
internal sealed record CaseRow(long[] Ids, long[]? Labels, int Prompt, int? Images)
{
    /// <summary>The last label that counts, or -1.</summary>
    public int LastLabel => Array.FindLastIndex(Labels ?? [], l => l != CaseText.Ignored);

    /// <summary>The row whose labels are its own tokens, from one whose labels are those that follow: it ends with the last label that counts.</summary>
    public CaseRow Shifted() => LastLabel is >= 0 and var last ? this with { Ids = [.. Ids[..(last + 1)], Labels![last]], Labels = [CaseText.Ignored, .. Labels[..(last + 1)]] } : this;

    /// <summary>The 1-based number of the latest picture that each of the ids sees, 0 for none; null where placeholders say it.</summary>
    public long[]? Latest { get; init; }

    /// <summary>How the language model sees the first ids.</summary>
    public RowLayout LayOut(ModelProgram program, MediaTokens tokens, int length)
    {
        var row = PromptLayout.Of(program, tokens, Ids.AsSpan(0, length), Images);
        return Latest is not null && row.Length == length ? row with { ImageIndex = Latest[..length] } : row;
    }
}

/// <summary>
/// The text of one call of a reference. References differ in how they give it; the names and shapes of the inputs tell:
/// a placeholder may stand once for each of its picture's tokens; with <c>answer_ids</c> the prompt is without its first token, and the answer follows the
/// real end of each prompt; masks that are one shorter than <c>labels</c> say which of them count, from the second on; each label may be its position's token
/// or the one after it, as references with an encoder of text have it; <c>image_attention_mask</c> [rows, length, pictures] says which pictures each position
/// sees, the latest of which counts.
/// </summary>
/// <param name="PadLeft">Whether padding stands before the text.</param>
/// <param name="Labels">The labels as given, [rows, length], after the masks; null where there are no masks.</param>
internal sealed record CaseText(ImmutableArray<CaseRow> Rows, bool PadLeft, Tensor? Labels)
{
    /// <summary>The label of a position that is not to be predicted.</summary>
    public const long Ignored = PromptLayout.Unlabelled;

    /// <summary>Whether each label is the token after its position: one that counts differs from the token there, and none before a row's last from the next.</summary>
    public bool LabelsFollow => Rows.All(r => r.Labels is { } labels && !Differs(labels[..Math.Max(r.LastLabel, 0)], r.Ids, 1)) && Rows.Any(r => Differs(r.Labels!, r.Ids, 0));

    private static bool Differs(long[] labels, long[] ids, int later) => labels.Where((label, i) => label != Ignored && label != ids[i + later]).Any();

    /// <summary>Reads the text of a call; null where it has none.</summary>
    /// <param name="group">The prefix of the call's inputs.</param>
    /// <exception cref="InputException">The answers need a first token whose id the model does not say.</exception>
    /// <param name="stem">What the names of the ids and their mask begin with, behind the group.</param>
    public static CaseText? Of(ModelProgram program, MediaTokens tokens, GoldenCase golden, string group, Tensor? pixels, string stem = "")
    {
        if (Matrix(golden, $"{group}{stem}input_ids") is not { } ids)
            return null;
        var isReal = Matrix(golden, $"{group}{stem}attention_mask");
        var labels = Matrix(golden, group + "labels");
        var masks = labels is null ? [] : golden.Inputs.Where(n => n.StartsWith(group, StringComparison.Ordinal) && n.EndsWith("_mask", StringComparison.Ordinal))
            .Select(n => Matrix(golden, n)).OfType<long[][]>().Where(m => m.Length == ids.Length && m[0].Length == ids[0].Length - 1).ToList();
        foreach (var mask in masks)
            for (var r = 0; r < ids.Length; r++)
                for (var i = 0; i < mask[r].Length; i++)
                    if (mask[r][i] == 0)
                        labels![r][i + 1] = Ignored;
        var real = ids.Select((row, r) => Enumerable.Range(0, row.Length).Where(i => isReal is null || isReal[r][i] != 0).ToArray()).ToArray();
        var runs = Runs(program, tokens, [.. real.Select((where, r) => where.Select(i => ids[r][i]).ToArray())]);
        var images = Images(program, golden, group, pixels, ids.Length);
        var answers = Matrix(golden, group + "answer_ids");
        var isAnswer = Matrix(golden, group + "answer_attention_mask");
        var latest = Latest(golden, group, ids);
        var rows = ids.Select((row, r) =>
        {
            var where = real[r].Where((_, n) => runs[r][n]).ToArray();
            // A sequence that begins with a token of its own is generated from there on.
            var prompt = program.Prompt?.Start is null ? where.Length : 1;
            var given = new CaseRow([.. where.Select(i => row[i])], labels is null ? null : [.. where.Select(i => labels[r][i])], prompt, images[r])
            {
                Latest = latest is null ? null : [.. where.Select(i => latest[r][i])],
            };
            return answers is null ? given : Answered(program, given, [.. answers[r].Where((_, i) => isAnswer is null || isAnswer[r][i] != 0)]);
        });
        var left = isReal is not null && isReal.Any(r => r[0] == 0);
        return new CaseText([.. rows], left, masks.Count == 0 ? null : tensor(labels!.SelectMany(l => l).ToArray(), [ids.Length, ids[0].Length]));
    }

    private static CaseRow Answered(ModelProgram program, CaseRow prompt, long[] answer)
    {
        var first = program.Tokenizer.Special.FirstOrDefault(s => s.Key == program.Tokenizer.Bos).Value
            ?? throw new InputException("the reference's answers follow a prompt without its first token; the model file gives its `bos` no id");
        long[] ids = [first, .. prompt.Ids, .. answer];
        var labels = ids.ToArray();
        labels.AsSpan(..^answer.Length).Fill(Ignored);
        return new CaseRow(ids, labels, ids.Length - answer.Length, prompt.Images);
    }

    /// <summary>For each id of each row whether it stays: of a placeholder that is written once for each token of its picture, the first does.</summary>
    private static bool[][] Runs(ModelProgram program, MediaTokens tokens, long[][] rows)
    {
        var stays = rows.Select(r => r.Select(_ => true).ToArray()).ToArray();
        foreach (var injection in program.Injections.Where(i => i is { Form: InjectionForm.Prefix, Placeholder: not null }))
        {
            var (mark, length) = (tokens.Ids[injection.Index], PromptLayout.TokensOf(injection));
            var found = rows.Select(r => Of(r, mark!.Value).ToList()).ToList();
            if (found.All(f => f.Count == 0) || found.Any(f => f.Any(run => run.Count % length != 0)))
                continue;
            for (var r = 0; r < rows.Length; r++)
                foreach (var (start, count) in found[r])
                    for (var i = 0; i < count; i++)
                        stays[r][start + i] = i % length == 0;
        }
        return stays;

        static IEnumerable<(int Start, int Count)> Of(long[] row, long mark)
        {
            for (var i = 0; i < row.Length; i++)
            {
                var count = row.Skip(i).TakeWhile(id => id == mark).Count();
                if (count > 0)
                    yield return (i, count);
                i += count;
            }
        }
    }

    private static int?[] Images(ModelProgram program, GoldenCase golden, string group, Tensor? pixels, int rows)
    {
        if (golden.Input(group + "num_images") is { } counts)
            return [.. counts.to(ScalarType.Int64).data<long>().ToArray().Select(c => (int?)c)];
        int? each = program.Injections.IsEmpty || pixels is null ? 0
            : pixels.dim() >= 5 ? (int)pixels.size(1)
            : program.Injections.Any(i => i is { Form: InjectionForm.Prefix, Placeholder: null } or { Form: InjectionForm.Operand }) ? (int)(pixels.size(0) / rows) : null;
        return [.. Enumerable.Repeat(each, rows)];
    }

    /// <summary>The latest picture that each position sees, counted from 1; null where the reference does not say.</summary>
    private static long[][]? Latest(GoldenCase golden, string group, long[][] ids)
    {
        if (golden.Input(group + "image_attention_mask") is not { } mask || mask.dim() != 3 || mask.size(0) != ids.Length || mask.size(1) != ids[0].Length)
            return null;
        var pictures = (int)mask.size(2);
        var latest = mask.to(ScalarType.Int64).data<long>().ToArray().Chunk(pictures).Select(m => (long)(Array.FindLastIndex(m, seen => seen != 0) + 1));
        return [.. latest.Chunk(ids[0].Length)];
    }

    private static long[][]? Matrix(GoldenCase golden, string name)
    {
        if (golden.Input(name) is not { } tensor || tensor.dim() != 2)
            return null;
        var width = (int)tensor.size(1);
        return [.. tensor.to(ScalarType.Int64).data<long>().ToArray().Chunk(width)];
    }
}
