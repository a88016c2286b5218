using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Data;
using Mllm.Runtime.Evaluation;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;

namespace Mllm.Cli;

/// <summary>Evaluates a task that generates: answers against references, and the loss of the references.</summary>
internal static class AnswerSession
{
    /// <summary>How many samples are answered together unless the request says.</summary>
    private const int Together = 8;

    public static EvalReport Run(RunSession run, EvalData data, EvalRequest request, TextWriter? output)
    {
        var rows = Rows(run, data);
        var point = new PlanPoint(rows.Max(r => (long)r.References.Max(a => a.Row.Length)), rows.Max(r => r.Prompt.Images));
        using var model = run.Open(new RunSize(point, request.MaxTokens), [], out var setup, out var loadSeconds);
        run.Progress.Next("answering");
        var clock = Stopwatch.StartNew();
        var evaluator = new AnswerEvaluator(model, run.Tokenizer, run.Generation(request.MaxTokens));
        var predictions = new List<Prediction>();
        foreach (var batch in data.Load(run.Program, [.. rows.Select(r => r.Index)], run.Cancellation).Chunk(request.Batch ?? Together))
        {
            var asked = batch.Select(b => rows[b.Index]).ToList();
            var answers = evaluator.Run([.. asked.Zip(batch, (row, loaded) => new EvaluationRow(row.Prompt, row.References, row.Texts, loaded.Pixels))], run.Cancellation);
            foreach (var (row, answer) in asked.Zip(answers))
            {
                predictions.Add(new Prediction(row.Sample, row.Sample.Turns[^1].User, answer.Text, row.Answers, answer.Finish, answer.Loss));
                output?.Write(PredictionJson.Of(predictions[^1], request.By));
            }
            output?.Flush();
            run.Progress.Report((double)(batch[^1].Position + 1) / rows.Count);
        }
        return predictions.Count == 0 ? throw new Failure($"no record of {data.Describe} can be evaluated")
            : EvalSession.Report(setup, data, PredictionFigures.Of(predictions), request.By is { } field ? PredictionFigures.By(field, predictions) : [], loadSeconds, clock);
    }

    /// <summary>What is asked: one question for all records with the same pictures and the same text before the answer, whose answers all count as right.</summary>
    private static List<Asked> Rows(RunSession run, EvalData data)
    {
        var rows = new List<Asked>();
        foreach (var group in data.Read(run.Cancellation).GroupBy(s => Question(s.Sample)).Select(g => g.ToList()))
        {
            try
            {
                rows.Add(Asking(run, group));
            }
            catch (InputException problem)
            {
                foreach (var (_, sample) in group)
                    data.Skip(new DataException(sample.Place, problem.Message));
            }
        }
        return rows.Count > 0 ? rows : throw new Failure($"no record of {data.Describe} can be evaluated");
    }

    private static Asked Asking(RunSession run, List<(int Index, Sample Sample)> group)
    {
        var (program, prompts) = (run.Program, run.Prompts);
        var (index, sample) = group[0];
        var pictures = sample.Turns.Sum(t => t.Pictures.Length);
        if (program.Injections.Any(i => i.IsSingle) && pictures != 1)
            throw new InputException($"'{program.Name}' generates from one picture at a time, the record has {pictures}");
        // The task's own text stands where a turn has no words of its own.
        var said = sample.Turns.Select(t => TaskTexts.Of(program, run.Task, run.Request with { Prompts = t.User is { } user ? [user] : [] })).ToList();
        var texts = said[^1].With(said[^1].Candidates[0]).ToDictionary(t => t.Key.Name, t => prompts.TextIds(t.Key, t.Value));
        (long[] Prompt, ReferenceRow Row) With(string answer)
        {
            var ids = AnswerPrompt.Of(prompts, [.. sample.Turns.Select((t, i) =>
                (t.Pictures.Length, t is { User: null, Pictures.IsEmpty: true } ? null : said[i].Prompt, i == sample.Turns.Length - 1 ? answer : t.Answer))]);
            return (ids.Prompt, new ReferenceRow(PromptLayout.Of(program, prompts.Media, [.. ids.Prompt, .. ids.Answer], pictures), ids.Answer));
        }
        ImmutableArray<string> answers = [.. group.Select(s => s.Sample.Turns[^1].Answer!)];
        var references = answers.Select(With).ToList();
        var prompt = PromptLayout.Of(program, prompts.Media, references[0].Prompt, pictures);
        if (prompt.Length == 0)
            throw new InputException("nothing stands before the answer: the model has no position to begin from");
        var longest = references.Max(r => r.Row.Row.Length);
        if (program.Context is { } most && longest > most)
            throw new InputException($"takes {longest} positions with its answer, visual tokens included; the model's context has {most}");
        return new Asked(index, sample, answers, prompt, [.. references.Select(r => r.Row)], texts);
    }

    /// <summary>What is the same for records that ask the same.</summary>
    private static string Question(Sample sample) => string.Join('\u001e', sample.Turns.SelectMany((t, i) =>
        t.Pictures.Append(t.User is { } user ? "u" + user : "").Append(i < sample.Turns.Length - 1 ? t.Answer ?? "" : "").Select(s => s + '\u001f').Append("\n")));

    /// <summary>A question.</summary>
    /// <param name="Index">The number of its first record.</param>
    private sealed record Asked(int Index, Sample Sample, ImmutableArray<string> Answers, RowLayout Prompt, ImmutableArray<ReferenceRow> References, IReadOnlyDictionary<string, long[]> Texts);
}
