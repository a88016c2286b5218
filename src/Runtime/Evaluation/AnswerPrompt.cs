using Mllm.Runtime.Prompting;

namespace Mllm.Runtime.Evaluation;

/// <summary>What a model is asked, and what it should say, as token ids.</summary>
/// <param name="Prompt">Everything before the answer.</param>
/// <param name="Answer">The reference answer as training has it: with what the template puts around it, the token that ends it among it.</param>
public sealed record AnswerPrompt(long[] Prompt, long[] Answer)
{
    /// <summary>The prompt of the last turn after the turns before it, and its answer.</summary>
    /// <param name="turns">As <see cref="PromptBuilder.Conversation"/> takes them, each with its answer.</param>
    public static AnswerPrompt Of(PromptBuilder prompts, IReadOnlyList<(int Pictures, string? User, string? Answer)> turns)
    {
        var (asked, _) = prompts.Conversation(null, [.. turns.SkipLast(1), turns[^1] with { Answer = null }]);
        var (answered, _) = prompts.Conversation(null, turns);
        return new(asked, answered[asked.Length..]);
    }
}
