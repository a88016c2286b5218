using Mllm.Compiler.Model;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Prompting;

namespace Mllm.Runtime.Evaluation;

/// <summary>What a model is asked, and what it should say, as token ids.</summary>
/// <param name="Prompt">Everything before the answer.</param>
/// <param name="Answer">The reference answer with the token that ends it.</param>
public sealed record AnswerPrompt(long[] Prompt, long[] Answer)
{
    /// <summary>The one place where turns become what is given and what is to be predicted.</summary>
    /// <param name="turns">How many pictures come with each turn, what the user says (the prompt's own text when it is null), and the answer; that of the last turn is what the model is asked for.</param>
    public static AnswerPrompt Of(ModelProgram program, PromptBuilder prompts, TextTokenizer tokenizer, IReadOnlyList<(int Pictures, string? User, string Answer)> turns)
    {
        var end = (program.Prompt?.Stop ?? []).Append(program.Tokenizer.Eos ?? "").FirstOrDefault(s => s.Length > 0) ?? "";
        string Said((int Pictures, string? User, string Answer) turn) => turn is { Pictures: 0, User: null } ? "" : prompts.Text(turn.User, turn.Pictures);
        string Answered(string answer) => (program.Prompt?.Answer ?? "{answer}").Replace("{answer}", answer, StringComparison.Ordinal) is var text && text.EndsWith(end, StringComparison.Ordinal) ? text : text + end;
        var given = string.Concat(turns.SkipLast(1).Select(t => Said(t) + Answered(t.Answer))) + Said(turns[^1]);
        return new(prompts.Ids(given), tokenizer.Encode(Answered(turns[^1].Answer), addSpecial: false));
    }
}
