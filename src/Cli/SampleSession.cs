using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Evaluation;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;

namespace Mllm.Cli;

/// <summary>Lets a model say what it sees in every shipped picture.</summary>
internal static class SampleSession
{
    /// <summary>The task that is taken where the user names none.</summary>
    public const string UsualTask = "caption";

    /// <summary>How many pictures run together.</summary>
    private const int Together = 16;

    /// <summary>Whether a run is of this kind: no picture is named, the weights belong to the file, and the task generates text from pictures.</summary>
    public static bool IsFor(RunRequest request, ModelProgram program, ModelTask? task) =>
        request is { ShowsSamples: true, HasOwnWeights: true, Images.IsEmpty: true } && task?.Entry is null && program.Decoder is not null && program.TakesPictures(TaskTexts.Encode);

    public static SampleReport Run(RunSession run)
    {
        var (request, program) = (run.Request, run.Program);
        var prompt = RunPrompt.Of(run, pictures: 1);
        var pictures = SamplePictures.Read();
        var tokens = request.MaxTokens ?? GenerationSession.DefaultTokens;
        string[] inputs = [$"{pictures.Length} pictures (shipped)", .. prompt.Shown.Select(t => $"{t.Name} {RunInputs.Quote(t.Text)}")];
        using var model = run.Open(new RunSize(prompt.Point(1), tokens), [.. inputs], out var setup, out var seconds);
        var clock = Stopwatch.StartNew();
        // An answer to another question than the task's own is not compared with the caption.
        var isCompared = request.Prompts.IsEmpty && request.Texts.IsEmpty;
        var sampler = new Sampler(new SamplerOptions(request.Temperature, request.TopP, (ulong)request.Seed));
        var said = ImmutableArray.CreateBuilder<SampleCaption>();
        foreach (var part in pictures.Chunk(Together))
            foreach (var (picture, text) in part.Zip(Captions(run, model, prompt, part, sampler, run.Generation(tokens))))
                said.Add(new SampleCaption(picture.Name, text, picture.Caption, isCompared ? new(AnswerMetrics.ExactMatch(text, [picture.Caption]) == 1, AnswerMetrics.TokenF1(text, [picture.Caption])) : null));
        return new SampleReport(setup, seconds, said.ToImmutable(), clock.Elapsed.TotalSeconds);
    }

    private static IEnumerable<string> Captions(RunSession run, MultimodalModel model, RunPrompt prompt, SamplePicture[] pictures, Sampler sampler, GenerationOptions options)
    {
        var pixels = new RunInputs([], [.. pictures.Select(p => PictureReader.Decode(p.Bytes, p.Name))]).Pixels(run.Program);
        var texts = prompt.Texts.ToDictionary(t => t.Key, t => TextRows.Of([.. pictures.Select(_ => t.Value)], model.Device));
        try
        {
            var result = PromptedGeneration.Run(model, [.. pictures.Select(_ => prompt.Row)], pixels, sampler, options, cancellation: run.Cancellation, texts: texts);
            run.Cancellation.ThrowIfCancellationRequested();
            return [.. result.Generation.Rows.Select(r => run.Tokenizer.Decode(r.Answer, skipSpecial: true).Trim())];
        }
        finally
        {
            foreach (var disposable in pixels.Values.Concat<IDisposable>(texts.Values))
                disposable.Dispose();
        }
    }
}
