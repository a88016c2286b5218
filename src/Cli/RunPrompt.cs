using System.Collections.Immutable;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Prompting;

namespace Mllm.Cli;

/// <summary>What one generation is given beside its pictures.</summary>
/// <param name="Ids">The prompt's tokens, and one for each place of a picture.</param>
/// <param name="Row">The same laid out with its visual tokens.</param>
/// <param name="Texts">The tokens of the texts beside the prompt, by name.</param>
/// <param name="Shown">What the texts are called and what they say.</param>
internal sealed record RunPrompt(long[] Ids, RowLayout Row, IReadOnlyDictionary<string, long[]> Texts, ImmutableArray<(string Name, string Text)> Shown)
{
    /// <exception cref="Failure">A text is missing, or its place is not clear.</exception>
    /// <exception cref="InputException">The pictures have no place.</exception>
    public static RunPrompt Of(RunSession run, int pictures)
    {
        var (program, prompts) = (run.Program, run.Prompts);
        var said = TaskTexts.Of(program, run.Task, run.Request);
        var beside = said.With(said.Candidates[0]).ToList();
        var text = prompts.Text(said.Prompt, pictures);
        var ids = prompts.Ids(text);
        var shown = beside.Select(t => (t.Key.Name, PromptBuilder.Text(t.Key, t.Value)));
        return new(ids, PromptLayout.Of(program, prompts.Media, ids, pictures), beside.ToDictionary(t => t.Key.Name, t => prompts.TextIds(t.Key, t.Value)),
            [.. text.Length > 0 || beside.Count == 0 ? shown.Append(("prompt", text)) : shown]);
    }

    /// <summary>The lengths that a plan needs.</summary>
    public PlanPoint Point(int pictures) => new(Texts.Values.Append(Ids).Max(i => i.Length), pictures);
}
