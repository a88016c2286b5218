using System.Collections.Immutable;
using Mllm.Cli.CommandLine;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Runtime.Prompting;

namespace Mllm.Cli;

/// <summary>Where the texts of a request go: into the decoder's prompt, or to the texts that the task takes beside it.</summary>
/// <param name="Prompt">What stands in the decoder's template; null for the file's own text.</param>
/// <param name="Taken">The texts that are taken, in the file's order, with what the user says for them; null for the file's own text.</param>
/// <param name="Varied">The text that has candidates, or null.</param>
/// <param name="Candidates">What the user says for it; one alone where there is nothing to choose from.</param>
internal sealed record TaskTexts(string? Prompt, ImmutableArray<KeyValuePair<TextInput, string?>> Taken, TextInput? Varied, ImmutableArray<string?> Candidates)
{
    /// <summary>The entry that makes what enters the decoder.</summary>
    public const string Encode = "encode";

    /// <summary>Whether the decoder's prompt has a place for what the user says.</summary>
    public static bool HasHole(ModelProgram program) => program.Prompt?.Template.Contains(PromptBuilder.TextHole, StringComparison.Ordinal) != false;

    /// <summary>The texts of one candidate.</summary>
    public IEnumerable<KeyValuePair<TextInput, string?>> With(string? candidate) => Taken.Select(t => t.Key == Varied ? KeyValuePair.Create(t.Key, candidate) : t);

    /// <exception cref="Failure">A text is not known, not used, missing, or its place is not clear.</exception>
    public static TaskTexts Of(ModelProgram program, ModelTask? task, RunRequest request)
    {
        var isScore = task?.Entry is not null;
        var names = program.TextsOf(task?.Entry ?? Encode);
        var taken = program.Texts.Where(t => names.Contains(t.Name)).ToImmutableArray();
        var named = Named(program, task, taken, request.Texts);
        if (!isScore && request.Prompts.Length > 1)
            throw new Failure("one generation takes one `--prompt`") { Help = "several are candidates for a task that gives a score" };
        var takesPrompt = !isScore && HasHole(program);
        ImmutableArray<string> said = !request.Prompts.IsEmpty ? request.Prompts : task?.Text is { } own ? [own] : [];
        var varied = takesPrompt ? null : Varying([.. taken.Where(t => !named.ContainsKey(t.Name))], !request.Prompts.IsEmpty, said, Describe(program, task));
        ImmutableArray<string?> candidates = varied is null || said.IsEmpty ? [null] : [.. said];
        if (taken.FirstOrDefault(t => t.Prompt.Text.Length == 0 && PromptBuilder.Text(t, "") != PromptBuilder.Text(t, "x")
            && !named.ContainsKey(t.Name) && !(t == varied && !said.IsEmpty)) is { } missing)
            throw new Failure($"{Describe(program, task)} needs the text '{missing.Name}'") { Help = $"give it with {(varied == missing ? "`--prompt TEXT` or " : "")}`--text {missing.Name}=TEXT`" };
        return new(takesPrompt ? said.FirstOrDefault() : null, [.. taken.Select(t => KeyValuePair.Create(t, named.GetValueOrDefault(t.Name)))], varied, candidates);
    }

    private static Dictionary<string, string> Named(ModelProgram program, ModelTask? task, ImmutableArray<TextInput> taken, ImmutableArray<Setting> settings)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in settings)
        {
            if (program.Texts.All(t => t.Name != name))
                throw new Failure($"'{program.Name}' has no text '{name}'") { Help = Arguments.DidYouMean(name, program.Texts.Select(t => t.Name)) ?? Listed(program.Texts) };
            if (taken.All(t => t.Name != name))
                throw new Failure($"{Describe(program, task)} does not use the text '{name}'") { Help = Listed(taken) };
            if (!named.TryAdd(name, text))
                throw new Failure($"`--text {name}=...` was given twice") { Help = "several candidates for a score are several `--prompt`s" };
        }
        return named;
    }

    /// <summary>The text that takes what the user says.</summary>
    private static TextInput? Varying(ImmutableArray<TextInput> open, bool isAsked, ImmutableArray<string> said, string what) => open switch
    {
        [var one] => one,
        _ when said.IsEmpty => null,
        [] => isAsked ? throw new Failure($"{what} has no place for a prompt") : null,
        _ => throw new Failure($"{what} takes several texts: it is not clear which one `--prompt` is") { Help = $"`--text NAME=TEXT` says it, with {Words.Join([.. open.Select(t => t.Name)], "or")}" },
    };

    private static string Listed(ImmutableArray<TextInput> texts) => texts.IsEmpty ? "it has none" : $"its texts: {string.Join(", ", texts.Select(t => t.Name))}";

    private static string Describe(ModelProgram program, ModelTask? task) => task is null ? $"'{program.Name}'" : $"the task '{task.Name}'";
}
