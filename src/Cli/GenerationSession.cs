using System.Text;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;

namespace Mllm.Cli;

/// <summary>Generates text from pictures, a prompt and the texts beside it.</summary>
internal static class GenerationSession
{
    public const int DefaultTokens = 48;

    public static GenerationReport Run(RunSession run, Action<string> token)
    {
        var (request, program) = (run.Request, run.Program);
        var inputs = RunInputs.Of(program, TaskTexts.Encode, request.Images);
        if (program.Injections.Any(i => i.IsSingle) && inputs.Pictures.Length > 1)
            throw new InputException($"'{program.Name}' generates from one picture at a time, {inputs.Pictures.Length} were given");
        var prompt = RunPrompt.Of(run, inputs.Pictures.Length);
        var tokens = request.MaxTokens ?? DefaultTokens;
        using var model = run.Open(new RunSize(prompt.Point(inputs.Pictures.Length), tokens), inputs.Shown(request.Images.IsEmpty, prompt.Shown), out var setup, out var seconds);

        var pixels = inputs.Pixels(program);
        var rows = prompt.Texts.ToDictionary(t => t.Key, t => TextRows.Of([t.Value], model.Device));
        var decoder = run.Tokenizer.StartDecoding(after: prompt.Ids);
        var sampler = new Sampler(new SamplerOptions(request.Temperature, request.TopP, (ulong)request.Seed));
        var written = new StringBuilder();
        void Write(string piece)
        {
            if (piece.Length == 0)
                return;
            written.Append(piece);
            token(piece);
        }
        try
        {
            var result = PromptedGeneration.Run(model, [prompt.Row], pixels.Count == 0 ? null : pixels, sampler, run.Generation(tokens), t => Write(decoder.Next(t.Id)),
                run.Cancellation, rows);
            Write(decoder.Finish());
            var generated = result.Generation.Rows[0];
            return new GenerationReport(setup, written.ToString(), generated.Ids, generated.Finish.ToString().ToLowerInvariant(), seconds, result.Encode.TotalSeconds,
                prompt.Row.Length, result.Generation.Prefill.TotalSeconds, result.Generation.Steps, result.Generation.Decode.TotalSeconds);
        }
        finally
        {
            foreach (var disposable in pixels.Values.Concat<IDisposable>(rows.Values))
                disposable.Dispose();
        }
    }
}
