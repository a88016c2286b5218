using System.Text;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;

namespace Mllm.Cli;

/// <summary>Generates text from pictures, a prompt and the texts beside it.</summary>
internal static class GenerationSession
{
    private const int DefaultTokens = 48;

    public static GenerationReport Run(RunSession run, Action<string> token)
    {
        var (request, program, prompts) = (run.Request, run.Program, run.Prompts);
        var said = TaskTexts.Of(program, run.Task, request);
        var inputs = RunInputs.Of(program, TaskTexts.Encode, request.Images);
        if (program.Injections.Any(i => i.IsSingle) && inputs.Pictures.Length > 1)
            throw new InputException($"'{program.Name}' generates from one picture at a time, {inputs.Pictures.Length} were given");
        var beside = said.With(said.Candidates[0]).ToList();
        var text = prompts.Text(said.Prompt, inputs.Pictures.Length);
        var ids = prompts.Ids(text);
        var row = PromptLayout.Of(program, prompts.Media, ids, inputs.Pictures.Length);
        var textIds = beside.ToDictionary(t => t.Key.Name, t => prompts.TextIds(t.Key, t.Value));

        var tokens = request.MaxTokens ?? DefaultTokens;
        var point = new PlanPoint(textIds.Values.Append(ids).Max(i => i.Length), inputs.Pictures.Length);
        var shown = beside.Select(t => (t.Key.Name, PromptBuilder.Text(t.Key, t.Value)));
        using var model = run.Open(new RunSize(point, tokens), inputs.Shown(request.Images.IsEmpty, text.Length > 0 || beside.Count == 0 ? shown.Append(("prompt", text)) : shown), out var setup, out var seconds);

        var pixels = inputs.Pixels(program);
        var rows = textIds.ToDictionary(t => t.Key, t => TextRows.Of([t.Value], model.Device));
        var decoder = run.Tokenizer.StartDecoding(after: ids);
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
            var result = PromptedGeneration.Run(model, [row], pixels.Count == 0 ? null : pixels, sampler, new GenerationOptions(tokens, [.. prompts.Stop]), t => Write(t.IsStop ? "" : decoder.Next(t.Id)),
                run.Cancellation, rows);
            Write(decoder.Finish());
            var generated = result.Generation.Rows[0];
            return new GenerationReport(setup, written.ToString(), generated.Ids, generated.Finish.ToString().ToLowerInvariant(), seconds, result.Encode.TotalSeconds,
                row.Length, result.Generation.Prefill.TotalSeconds, result.Generation.Steps, result.Generation.Decode.TotalSeconds);
        }
        finally
        {
            foreach (var disposable in pixels.Values.Concat<IDisposable>(rows.Values))
                disposable.Dispose();
        }
    }
}
