using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Cli;

/// <summary>Scores every picture with every candidate text.</summary>
internal static class ScoreSession
{
    /// <param name="entry">The entry of the graph that gives the score.</param>
    public static ScoreReport Run(RunSession run, string entry)
    {
        var (request, program) = (run.Request, run.Program);
        var said = TaskTexts.Of(program, run.Task, request);
        var inputs = RunInputs.Of(program, entry, request.Images);
        var candidates = said.Candidates.Select(c => said.With(c).ToDictionary(t => t.Key.Name, t => run.Prompts.TextIds(t.Key, t.Value))).ToList();
        var point = new PlanPoint(candidates.SelectMany(c => c.Values).Select(i => (long)i.Length).DefaultIfEmpty(1).Max(), inputs.Pictures.Length);
        ImmutableArray<string> varied = [.. said.Candidates.Select(c => said.With(c).Where(t => t.Key == said.Varied || said.Taken.Length == 1).Select(t => PromptBuilder.Text(t.Key, t.Value)).FirstOrDefault(""))];
        var shown = said.Taken.SelectMany(t => t.Key == said.Varied ? varied.Select(v => (t.Key.Name, v)) : [(t.Key.Name, PromptBuilder.Text(t.Key, t.Value))]);
        using var model = run.Open(new RunSize(point, Score: entry), inputs.Shown(request.Images.IsEmpty, shown), out var setup, out var seconds);

        var clock = Stopwatch.StartNew();
        var pixels = inputs.Pixels(program);
        try
        {
            using var scores = model.Scores(entry, pixels, candidates, cancellation: run.Cancellation);
            using var numbers = scores.to(ScalarType.Float32, CPU).contiguous();
            var found = numbers.data<float>().ToArray();
            return new ScoreReport(setup, seconds, inputs.Names.IsEmpty ? [""] : inputs.Names, varied,
                [.. found.Chunk(candidates.Count).Select(p => p.Select(v => (double)v).ToImmutableArray())], clock.Elapsed.TotalSeconds);
        }
        finally
        {
            foreach (var tensor in pixels.Values)
                tensor.Dispose();
        }
    }
}
