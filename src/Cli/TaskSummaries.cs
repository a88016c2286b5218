using System.Collections.Immutable;
using Mllm.Compiler;
using Mllm.Compiler.Model;
using Mllm.Runtime.Prompting;

namespace Mllm.Cli;

/// <summary>Says what the tasks of a variant do, and from which texts.</summary>
internal static class TaskSummaries
{
    /// <summary>The tasks of a compiled variant. One that asks for other values of parameters is compiled with them: they may decide what it takes.</summary>
    public static ImmutableArray<TaskSummary> Of(Compilation compilation, ModelRequest request, ModelProgram program) => [.. program.Tasks.Select(task =>
    {
        var own = task.Settings.IsEmpty || request.Task == task.Name ? program : compilation.Compile((request with { Task = task.Name }).ToCompile()).Value ?? program;
        return Of(own, own.Tasks.FirstOrDefault(t => t.Name == task.Name) ?? task);
    })];

    /// <summary>One task of a program that was compiled for it.</summary>
    public static TaskSummary Of(ModelProgram program, ModelTask task) => new(task.Name, Does(program, task), task.Doc?.Split("\n\n")[0].ReplaceLineEndings(" ").Trim());

    private static string Does(ModelProgram program, ModelTask task)
    {
        var isScore = task.Entry is not null;
        var names = program.TextsOf(task.Entry ?? TaskTexts.Encode);
        var takesPrompt = !isScore && TaskTexts.HasHole(program);
        var texts = program.Texts.Where(t => names.Contains(t.Name)).Select(t => (t.Name, Text: PromptBuilder.Text(t, takesPrompt || names.Length > 1 ? null : task.Text)));
        if (takesPrompt && (task.Text ?? program.Prompt?.Text) is { Length: > 0 } prompt)
            texts = texts.Append(("prompt", prompt));
        var words = string.Join(", ", texts.Select(t => t.Text.Length > 0 ? $"{t.Name} {RunInputs.Quote(t.Text)}" : $"{t.Name} (to be given)"));
        return (isScore ? "a score" : "text") + (words.Length > 0 ? $" for {words}" : "");
    }
}
