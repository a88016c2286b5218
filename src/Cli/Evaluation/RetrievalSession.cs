using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Data;
using Mllm.Runtime.Evaluation;

namespace Mllm.Cli;

/// <summary>Evaluates a task that gives a score: whether a picture's texts score higher than all others of the data, and a text's pictures higher than all others.</summary>
internal static class RetrievalSession
{
    /// <summary>How many pairs are scored together unless the request says.</summary>
    private const int Together = 64;

    /// <param name="entry">The entry of the graph that gives the score.</param>
    public static EvalReport Run(RunSession run, string entry, EvalData data, EvalRequest request, TextWriter? output)
    {
        var program = run.Program;
        if (!program.TakesPictures(entry) || program.TextsOf(entry).Length == 0)
            throw new Failure($"the task '{run.Task!.Name}' scores no pictures with texts: there is nothing to retrieve");
        var samples = Pairs(data, run.Cancellation);
        // A text of several records is one candidate, and so is a picture.
        var firsts = samples.GroupBy(s => PictureOf(s.Sample), StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var (point, candidates) = Candidates(run, [.. samples.Select(s => TextOf(s.Sample)).Distinct(StringComparer.Ordinal)]);
        using var model = run.Open(new RunSize(point, Score: entry), [], out var setup, out var loadSeconds);

        var clock = Stopwatch.StartNew();
        run.Progress.Next("reading pictures");
        var pictures = new List<Sample>();
        var pixels = program.Encoders.ToDictionary(e => e.Name, _ => ImmutableArray.CreateBuilder<float[]>());
        foreach (var loaded in data.Load(program, [.. firsts.Values.Select(f => f.Index)], run.Cancellation))
        {
            pictures.Add(loaded.Sample);
            foreach (var (encoder, values) in loaded.Pixels)
                pixels[encoder].Add(values[0]);
            run.Progress.Report((double)pictures.Count / firsts.Count);
        }
        if (pictures.Count == 0)
            throw new Failure($"no record of {data.Describe} can be evaluated");
        // Of records whose picture cannot be read the texts are left out too: nothing that is there would belong to them.
        var readable = pictures.Select(PictureOf).ToHashSet(StringComparer.Ordinal);
        var right = samples.Where(s => readable.Contains(PictureOf(s.Sample))).Select(s => (PictureOf(s.Sample), TextOf(s.Sample))).ToHashSet();
        string[] texts = [.. candidates.Keys.Where(right.Select(r => r.Item2).ToHashSet(StringComparer.Ordinal).Contains)];

        run.Progress.Next($"scoring {pictures.Count} pictures with {texts.Length} texts");
        var scores = ScoreMatrix.Of(model, entry, pixels.ToDictionary(p => p.Key, p => p.Value.ToImmutable()), [.. texts.Select(t => candidates[t])], request.Batch ?? Together, run.Progress.Report, run.Cancellation);
        var (rows, columns) = (pictures.Select((s, i) => (s, i)).ToDictionary(p => PictureOf(p.s), p => p.i, StringComparer.Ordinal), texts.Select((t, i) => (t, i)).ToDictionary(p => p.t, p => p.i, StringComparer.Ordinal));
        var belongs = new bool[pictures.Count, texts.Length];
        foreach (var (picture, text) in right)
            belongs[rows[picture], columns[text]] = true;
        var found = Retrieval.Of(scores, (p, t) => belongs[p, t]);
        for (var p = 0; p < pictures.Count && output is not null; p++)
            output.Write(PredictionJson.Of(pictures[p], [.. Enumerable.Range(0, texts.Length).OrderByDescending(t => scores[p, t]).Take(10).Select(t => (texts[t], scores[p, t]))], found.TextOfPicture.Ranks[p]));
        return EvalSession.Report(setup, data, RetrievalFigures.Of(found), request.By is { } field ? RetrievalFigures.By(field, pictures, found) : [], loadSeconds, clock);
    }

    /// <summary>The records of one picture and one text.</summary>
    private static List<(int Index, Sample Sample)> Pairs(EvalData data, CancellationToken cancellation)
    {
        var samples = data.Read(cancellation);
        foreach (var (_, sample) in samples.Where(s => !IsPair(s.Sample)))
            data.Skip(new DataException(sample.Place, "is not one picture with one text, as retrieval needs"));
        samples.RemoveAll(s => !IsPair(s.Sample));
        return samples.Count > 0 ? samples : throw new Failure($"no record of {data.Describe} can be evaluated");

        static bool IsPair(Sample sample) => sample.Turns is [{ Pictures: [_], Answer: not null }];
    }

    private static string PictureOf(Sample pair) => pair.Turns[0].Pictures[0];

    private static string TextOf(Sample pair) => pair.Turns[0].Answer!;

    /// <summary>The tokens of every text, by the text.</summary>
    private static (PlanPoint Point, Dictionary<string, IReadOnlyDictionary<string, long[]>> Tokens) Candidates(RunSession run, ImmutableArray<string> texts)
    {
        var said = TaskTexts.Of(run.Program, run.Task, run.Request with { Prompts = texts });
        var tokens = texts.ToDictionary(t => t, t => (IReadOnlyDictionary<string, long[]>)said.With(t).ToDictionary(i => i.Key.Name, i => run.Prompts.TextIds(i.Key, i.Value)), StringComparer.Ordinal);
        return (new PlanPoint(tokens.Values.SelectMany(t => t.Values).Max(i => (long)i.Length), 1), tokens);
    }
}
